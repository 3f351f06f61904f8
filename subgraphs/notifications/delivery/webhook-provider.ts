import { createHmac } from 'node:crypto';
import type { Clock } from '../../../platform/clock';
import type { WebhookEndpoints } from '../webhooks/webhook-endpoints';
import { failureOf, type Outbound } from './outbound';
import { type Delivery, PermanentError, type Provider, ProviderDownError } from './provider';

/** Signed requests as https://www.standardwebhooks.com describes them. The id is the same at each attempt. */
export class WebhookProvider implements Provider {
  readonly name = 'webhook';
  readonly channel = 'webhook';

  constructor(
    private readonly endpoints: WebhookEndpoints,
    private readonly outbound: Outbound,
    private readonly clock: Clock,
  ) {}

  async send({ id, recipient, message, createdAt }: Delivery): Promise<void> {
    const target = await this.endpoints.target(recipient);
    if (target === undefined) throw new PermanentError('The webhook endpoint was deleted');
    const body = JSON.stringify({
      type: message.subject ?? 'notification',
      timestamp: new Date(createdAt).toISOString(),
      data: JSON.parse(message.content) as unknown,
    });
    const timestamp = String(Math.floor(this.clock.now() / 1_000));
    const signatures = target.secrets.map(secret => signatureOf(secret, id, timestamp, body));
    const headers = {
      'content-type': 'application/json',
      'user-agent': 'Plinth',
      'webhook-id': id,
      'webhook-timestamp': timestamp,
      'webhook-signature': signatures.join(' '),
    };
    const answer = await this.outbound.post({ url: target.url, headers, body }).catch((error: unknown) => {
      // One endpoint that is down says nothing about the others.
      throw error instanceof ProviderDownError ? new Error(error.message) : error;
    });
    if (answer.status === 410) throw new PermanentError('The endpoint answered 410: it wants no more');
    const failure = failureOf('The endpoint', answer);
    if (failure === undefined) return;
    const isFinal = failure instanceof PermanentError && answer.status !== 404 && answer.status !== 409;
    if (isFinal) throw failure;
    throw failure instanceof ProviderDownError || failure instanceof PermanentError
      ? new Error(failure.message)
      : failure;
  }

  async close(): Promise<void> {}
}

function signatureOf(secret: string, id: string, timestamp: string, body: string): string {
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
  return `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')}`;
}
