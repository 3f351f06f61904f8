import { TestService } from '../../../platform/testing/test-service';
import { TokenIssuer } from '../../../platform/testing/token-issuer';
import { readMonitoringConfig } from '../config';
import { startMonitoring } from '../main';

export interface ShownLog {
  id: string;
  service: string;
  level: string;
  message: string;
  timestamp: string;
  metadata: Record<string, unknown> | null;
  trace_id: string | null;
}

export interface IngestAnswer {
  status: number;
  headers: Headers;
  body: {
    accepted: number;
    rejected: { line: number; reason: string }[];
    error?: string;
    details?: unknown;
  };
}

/** The monitoring service under test. */
export class TestMonitoring extends TestService {
  issuer!: TokenIssuer;

  constructor(environment: Record<string, string> = {}) {
    super({
      name: 'monitoring',
      start: (shape, variables, context) =>
        startMonitoring(readMonitoringConfig(shape, { ...variables, AUTH_URL: this.issuer.url }), context),
      environment,
      events: ['user.dataErased', 'user.dataExported', 'alert.notificationRequested'],
    });
  }

  override async prepare(): Promise<void> {
    await super.prepare();
    this.issuer = await TokenIssuer.start(undefined, this.clock);
  }

  override async close(): Promise<void> {
    await super.close();
    await this.issuer.close();
  }

  may(...permissions: string[]): string {
    return this.issuer.token({ permissions });
  }

  async ingest(
    content: string | Buffer,
    headers: Record<string, string> = {},
    token: string | undefined = this.may('logs:write'),
  ): Promise<IngestAnswer> {
    const response = await fetch(`${this.url}/logs`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...headers,
      },
      body: content as string,
    });
    return { status: response.status, headers: response.headers, body: (await response.json()) as never };
  }

  /** Stores entries, all of which must be valid. */
  async store(...entries: object[]): Promise<void> {
    const { status, body } = await this.ingest(JSON.stringify(entries));
    if (status !== 202 || body.rejected.length > 0)
      throw new Error(`ingest: ${status} ${JSON.stringify(body)}`);
  }

  async search(query: Record<string, string> = {}, token = this.may('logs:read')): Promise<ShownLog[]> {
    const { status, body } = await this.rest('GET', `/logs?${new URLSearchParams(query)}`, { token });
    if (status !== 200) throw new Error(`search: ${status} ${JSON.stringify(body)}`);
    return (body as unknown as { items: ShownLog[] }).items;
  }
}
