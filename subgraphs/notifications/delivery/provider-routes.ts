import type { Clock } from '../../../platform/clock';
import type { Attachments } from '../attachments/attachments';
import type { NotificationsConfig } from '../config';
import type { PushSubscriptions } from '../push/push-subscriptions';
import type { WebhookEndpoints } from '../webhooks/webhook-endpoints';
import type { Mailbox } from './mailbox';
import { Outbound } from './outbound';
import type { Provider } from './provider';
import { ProviderRoute } from './provider-route';
import { SmsProvider, smsAccountOf } from './sms-provider';
import { type DkimKey, domainOf, SmtpProvider } from './smtp-provider';
import { vapidKeys, WebPushProvider } from './web-push-provider';
import { WebhookProvider } from './webhook-provider';

/** The inbox is the table of notifications, so there is nothing to send. */
const inbox: Provider = {
  name: 'inbox',
  channel: 'in_app',
  send: async () => {},
  close: async () => {},
};

/** The providers that are configured for each channel. The mailbox, where it is on, takes the place of those that are not. */
export function providerRoutes(
  config: NotificationsConfig,
  parts: {
    mailbox: Mailbox | undefined;
    subscriptions: PushSubscriptions;
    endpoints: WebhookEndpoints;
    attachments: Attachments;
    smsStatusUrl: (notificationId: string) => string;
    clock: Clock;
  },
): { routes: ProviderRoute[]; close: () => Promise<void> } {
  const { mailbox, subscriptions, endpoints, attachments, smsStatusUrl, clock } = parts;
  // Users give addresses to the first; the operator configured those of the second.
  const outbound = new Outbound(config.outboundPrivateAddresses);
  const trusted = new Outbound(true);
  const email = numbered('smtp', [config.smtpUrl, config.smtpFallbackUrl]).map(
    ({ name, url }) =>
      new SmtpProvider(name, url, config.mailFrom, {
        connections: config.smtpConnections,
        dkim: dkimKeyOf(config),
        attachments,
        clock,
      }),
  );
  const sms = numbered('sms', [config.smsUrl, config.smsFallbackUrl]).map(
    ({ name, url }) => new SmsProvider(name, smsAccountOf(url), trusted, smsStatusUrl),
  );
  const { vapidPrivateKey, vapidSubject } = config;
  const push =
    vapidPrivateKey === undefined
      ? []
      : [new WebPushProvider(vapidKeys(vapidPrivateKey), vapidSubject, subscriptions, outbound)];
  const real: Provider[][] = [email, sms, push];
  const caught = (['email', 'sms', 'push'] as const).map((channel, at): Provider[] =>
    real[at]!.length > 0 || mailbox === undefined ? real[at]! : [mailbox.provider(channel)],
  );
  const webhook = new WebhookProvider(endpoints, outbound, clock);
  const routes = [...caught, [inbox], [webhook]]
    .filter(providers => providers.length > 0)
    .map(providers => new ProviderRoute(providers, config.providerPause * 1_000));
  const close = async () => {
    for (const each of [...routes, outbound, trusted]) await each.close();
  };
  return { routes, close };
}

function dkimKeyOf({ dkimPrivateKey, dkimSelector, mailFrom }: NotificationsConfig): DkimKey | undefined {
  if (dkimPrivateKey === undefined) return undefined;
  return { domainName: domainOf(mailFrom), keySelector: dkimSelector, privateKey: dkimPrivateKey };
}

/** `smtp` and `smtp-2`. */
function numbered(name: string, urls: readonly (string | undefined)[]): { name: string; url: string }[] {
  return urls
    .filter(url => url !== undefined)
    .map((url, at) => ({ name: at === 0 ? name : `${name}-${at + 1}`, url }));
}
