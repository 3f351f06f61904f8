import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { uuidv7 } from '../../../platform/ids';
import { TestService } from '../../../platform/testing/test-service';
import { type TokenFacts, TokenIssuer } from '../../../platform/testing/token-issuer';
import { readFilesConfig } from '../config';
import { fileDeleted, fileUpdated, fileUploaded } from '../events';
import { startFiles } from '../main';

export interface UploadedFile {
  id: string;
  filename: string;
  original_filename: string;
  content_type: string;
  size: number;
  owner_id: string;
  is_public: boolean;
  created_at: string;
  tags: string[];
}

export interface UploadOptions {
  name?: string;
  type?: string;
  fields?: Record<string, string>;
  headers?: Record<string, string>;
}

/** The files service under test. */
export class TestFiles extends TestService {
  issuer!: TokenIssuer;

  constructor(environment: Record<string, string> = {}) {
    super({
      name: 'files',
      start: (shape, variables, context) =>
        startFiles(readFilesConfig(shape, { ...variables, AUTH_URL: this.issuer.url }), context),
      environment,
      events: [fileUploaded, fileUpdated, fileDeleted, 'user.dataErased', 'user.dataExported'],
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

  /** The variables of the next start. */
  get variables(): Record<string, string | undefined> {
    return this.environment;
  }

  /** A new user and an access token. */
  user(facts: TokenFacts = {}): { id: string; token: string } {
    const id = uuidv7(Date.now());
    return { id, token: this.issuer.token({ userId: id, ...facts }) };
  }

  async send(
    token: string | undefined,
    content: string | Buffer,
    options: UploadOptions = {},
  ): Promise<{ status: number; body: UploadedFile & { error?: string; details?: unknown } }> {
    const form = new FormData();
    for (const [name, value] of Object.entries(options.fields ?? {})) form.append(name, value);
    const blob = new Blob([content], options.type === undefined ? {} : { type: options.type });
    form.append('file', blob, options.name ?? 'notes.txt');
    const response = await fetch(`${this.url}/upload`, {
      method: 'POST',
      headers: { ...bearer(token), ...options.headers },
      body: form,
    });
    return { status: response.status, body: (await response.json()) as never };
  }

  /** An upload that must succeed. */
  async upload(token: string, content: string | Buffer, options: UploadOptions = {}): Promise<UploadedFile> {
    // Files of one millisecond have no order.
    this.clock.advance(1);
    const { status, body } = await this.send(token, content, options);
    if (status !== 201) throw new Error(`upload: ${status} ${JSON.stringify(body)}`);
    return body;
  }

  download(
    id: string,
    token?: string,
    headers: Record<string, string> = {},
    method = 'GET',
  ): Promise<Response> {
    return fetch(`${this.url}/download/${id}`, { method, headers: { ...bearer(token), ...headers } });
  }

  /** The bytes that count against the quota of a user. */
  async usedBytes(userId: string, token: string): Promise<number> {
    const { data } = await this.graphql<{ _entities: [{ storageUsage: { bytes: number } }] }>(
      token,
      'query ($r: [_Any!]!) { _entities(representations: $r) { ... on User { storageUsage { bytes } } } }',
      { r: [{ __typename: 'User', id: userId }] },
    );
    return data._entities[0].storageUsage.bytes;
  }

  /** Bytes of a resumable upload that are on disk; undefined for none. */
  async partialSize(id: string): Promise<number | undefined> {
    const path = join(this.environment['DATA_DIR'] ?? this.folder, 'files', 'partial', id);
    return (await stat(path).catch(() => undefined))?.size;
  }

  /** The paths of all stored and unfinished objects. */
  async objects(): Promise<string[]> {
    const folder = join(this.environment['DATA_DIR'] ?? this.folder, 'files');
    const found = await readdir(folder, { recursive: true, withFileTypes: true });
    return found.filter(each => each.isFile()).map(each => join(each.parentPath, each.name));
  }
}

function bearer(token: string | undefined): Record<string, string> {
  return token === undefined ? {} : { authorization: `Bearer ${token}` };
}
