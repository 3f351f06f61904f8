import { createECDH } from 'node:crypto';
import webPush from 'web-push';
import type { PushSubscriptions } from '../push/push-subscriptions';
import { failureOf, type Outbound } from './outbound';
import { type Delivery, PermanentError, type Provider } from './provider';

/** The push service keeps a message for a browser that is closed. */
const keptSeconds = 24 * 60 * 60;

export interface VapidKeys {
  publicKey: string;
  privateKey: string;
}

/** @param privateKey 32 bytes in base64url. @throws Error when it is not a private key of P-256 */
export function vapidKeys(privateKey: string): VapidKeys {
  const pair = createECDH('prime256v1');
  pair.setPrivateKey(Buffer.from(privateKey, 'base64url'));
  return { privateKey, publicKey: pair.getPublicKey().toString('base64url') };
}

/** Push notifications to browsers (RFC 8030), encrypted for them (RFC 8291) and signed with our key (VAPID, RFC 8292). */
export class WebPushProvider implements Provider {
  readonly name = 'web-push';
  readonly channel = 'push';

  constructor(
    private readonly keys: VapidKeys,
    /** A `mailto:` or `https:` address that the push service can write to. */
    private readonly subject: string,
    private readonly subscriptions: PushSubscriptions,
    private readonly outbound: Outbound,
  ) {}

  async send({ id, recipient, isUrgent, message }: Delivery): Promise<void> {
    const target = await this.subscriptions.target(recipient);
    if (target === undefined) throw new PermanentError('The subscription has ended');
    const { endpoint, p256dh, auth } = target;
    const payload = JSON.stringify({ id, title: message.subject, body: message.content });
    const details = webPush.generateRequestDetails({ endpoint, keys: { p256dh, auth } }, payload, {
      vapidDetails: { subject: this.subject, ...this.keys },
      TTL: keptSeconds,
      urgency: isUrgent ? 'high' : 'normal',
      // Of two messages with one topic the browser gets the later: a repeated attempt replaces the first (RFC 8030 §5.4).
      topic: id.replaceAll('-', ''),
    });
    const headers = Object.fromEntries(
      Object.entries(details.headers).map(([name, value]) => [name, String(value)]),
    );
    const answer = await this.outbound.post({ url: endpoint, headers, body: details.body! });
    if (answer.status === 404 || answer.status === 410) {
      await this.subscriptions.forget(recipient);
      throw new PermanentError('The subscription has ended');
    }
    const failure = failureOf('The push service', answer);
    if (failure !== undefined) throw failure;
  }

  async close(): Promise<void> {}
}
