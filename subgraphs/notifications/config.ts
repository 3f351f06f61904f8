import { createPrivateKey } from 'node:crypto';
import { z } from 'zod';
import {
  commonSettings,
  databaseSettings,
  portSetting,
  requireForShape,
  serviceUrlSetting,
  tlsSettings,
} from '../../platform/common-settings';
import {
  ConfigError,
  type Environment,
  kinds,
  optionalSetting,
  readAll,
  readSettings,
  type Settings,
  type Shape,
  setting,
  type Values,
} from '../../platform/config';
import { encryptionSettings, requireKeys } from '../../platform/security/keyring-settings';
import type { AccountLinks } from './account-mails/account-mails';
import { mailLocales } from './account-mails/account-templates';
import type { Retries } from './delivery/delivery-worker';
import { smsAccountOf } from './delivery/sms-provider';

const smtpUrl = z
  .string()
  .regex(/^smtps?:\/\/\S+$/, 'must be a URL that starts with smtp:// or smtps://')
  .refine(text => URL.canParse(text), 'must be a URL');
const smsUrl = kinds.url.refine(text => {
  const { accountSid, authToken, from } = smsAccountOf(text);
  return accountSid !== '' && authToken !== '' && from !== '';
}, 'must have an account SID, an auth token and `from`');
const privateKey = z
  .string()
  .transform(text => text.replaceAll('\\n', '\n'))
  .refine(text => {
    try {
      return createPrivateKey(text).asymmetricKeyType !== undefined;
    } catch {
      return false;
    }
  }, 'must be a private key in PEM');
const linkUrl = z
  .string()
  .regex(/^https?:\/\/\S+$/, 'must start with http:// or https://')
  .includes('{token}', 'must have {token} in it');

/** `14,10,3600`: attempts, seconds before the second one, seconds of the longest pause. */
const retries = z.string().transform((text, issues): Retries => {
  const [attempts, first, longest, ...rest] = text.split(',').map(part => Number(part.trim() || 'none'));
  const isPause = (seconds = 0) => seconds >= 0.001 && seconds <= 86_400;
  if (rest.length === 0 && Number.isInteger(attempts) && attempts! >= 1 && attempts! <= 50)
    if (isPause(first) && isPause(longest) && first! <= longest!)
      return { attempts: attempts!, firstPauseMs: first! * 1_000, longestPauseMs: longest! * 1_000 };
  issues.addIssue({
    code: 'custom',
    message:
      'must be attempts (1 to 50), the first and the longest pause in seconds (0.001 to 86400), such as 14,10,3600',
  });
  return z.NEVER;
});

const retriesSetting = (variable: string, what: string, byDefault: string) =>
  setting(
    variable,
    retries,
    `Attempts to deliver ${what} before it has failed; seconds before the second attempt, which double each time; seconds of the longest pause. A random half of each pause is left out`,
    { default: byDefault },
  );

export const notificationsSettings = {
  ...commonSettings,
  ...databaseSettings('notifications'),
  ...tlsSettings('notifications'),
  port: portSetting('notifications'),
  ...encryptionSettings,
  smtpUrl: optionalSetting(
    'SMTP_URL',
    smtpUrl,
    'SMTP server for email, with user name and password in the URL; STARTTLS is used where the server offers it',
    { secret: true, example: 'smtp://user:password@mail.example.com:587' },
  ),
  smtpFallbackUrl: optionalSetting(
    'SMTP_FALLBACK_URL',
    smtpUrl,
    'Second SMTP server, used while the first one is down',
    { secret: true, example: 'smtp://user:password@mail2.example.com:587' },
  ),
  smtpConnections: setting(
    'SMTP_CONNECTIONS',
    kinds.whole(1, 100),
    'Connections to the SMTP server that are kept open',
    { default: '5' },
  ),
  mailFrom: setting('MAIL_FROM', kinds.text, 'Sender of emails', {
    default: 'Plinth <no-reply@plinth.local>',
  }),
  dkimPrivateKey: optionalSetting(
    'DKIM_PRIVATE_KEY',
    privateKey,
    'Private key in PEM that signs emails as the domain of MAIL_FROM (DKIM, RFC 6376); `\\n` stands for a line break',
    { secret: true, example: '-----BEGIN PRIVATE KEY-----\\n…\\n-----END PRIVATE KEY-----\\n' },
  ),
  dkimSelector: setting(
    'DKIM_SELECTOR',
    z.string().regex(/^[a-z0-9-]{1,63}$/i, 'must be letters, digits and -'),
    'Name of the DKIM key: its public part is the TXT record `<selector>._domainkey.<domain>`',
    { default: 'plinth' },
  ),
  filesUrl: serviceUrlSetting('files', 'http://files:8004'),
  filesPort: portSetting('files'),
  mailLocale: setting(
    'MAIL_LOCALE',
    kinds.oneOf(...mailLocales),
    'Language of the emails about accounts to users whose profile has no other',
    {
      default: 'en',
    },
  ),
  smsUrl: optionalSetting(
    'SMS_URL',
    smsUrl,
    'Account of a Twilio-compatible API for SMS: account SID and auth token in the URL, and the sender as `from`',
    { secret: true, example: 'https://AC123:token@api.twilio.com?from=+15005550006' },
  ),
  smsFallbackUrl: optionalSetting(
    'SMS_FALLBACK_URL',
    smsUrl,
    'Second account for SMS, used while the first one is down',
    { secret: true, example: 'https://AC456:token@sms.example.com?from=+15005550007' },
  ),
  vapidPrivateKey: optionalSetting(
    'VAPID_PRIVATE_KEY',
    z
      .string()
      .regex(
        /^[A-Za-z0-9_-]{43}$/,
        'must be 32 bytes in base64url: `npx web-push generate-vapid-keys` makes one',
      ),
    'Key that signs Web Push messages; browsers subscribe with its public key, so a new key ends every subscription',
    { secret: true, example: 'the private key that `npx web-push generate-vapid-keys` prints' },
  ),
  vapidSubject: setting(
    'VAPID_SUBJECT',
    z.string().regex(/^(mailto:|https:)\S+$/, 'must start with mailto: or https:'),
    'Where push services write to when something is wrong with the messages',
    { default: 'mailto:no-reply@plinth.local' },
  ),
  outboundPrivateAddresses: setting(
    'OUTBOUND_PRIVATE_ADDRESSES',
    kinds.onOff,
    'Lets webhooks and push subscriptions reach private, loopback and link-local addresses, and http. Users choose these addresses: leave it off where the network has something to protect',
    { default: 'off' },
  ),
  devMailbox: optionalSetting(
    'DEV_MAILBOX',
    kinds.onOff,
    'Catches the messages of channels without a provider in a mailbox that anybody who reaches the gateway can read. On by default in the one-process shape on a loopback address; never use it in production',
    { example: 'on' },
  ),
  publicUrl: optionalSetting(
    'PUBLIC_URL',
    kinds.url,
    'Address of the gateway for links in emails; http://localhost:GATEWAY_PORT when unset',
    { example: 'https://api.example.com' },
  ),
  gatewayPort: setting('GATEWAY_PORT', kinds.port, 'Port of the gateway', { default: '8000' }),
  verificationLink: optionalSetting(
    'VERIFICATION_LINK',
    linkUrl,
    'Page of the product that verifies an email address, instead of the built-in one',
    { example: 'https://app.example.com/verify?token={token}' },
  ),
  passwordResetLink: optionalSetting(
    'PASSWORD_RESET_LINK',
    linkUrl,
    'Page of the product that takes a new password, instead of the built-in one',
    { example: 'https://app.example.com/reset?token={token}' },
  ),
  invitationLink: optionalSetting(
    'INVITATION_LINK',
    linkUrl,
    'Page of the product that accepts an invitation, instead of the built-in one',
    { example: 'https://app.example.com/welcome?token={token}' },
  ),
  deliveryConcurrency: setting(
    'DELIVERY_CONCURRENCY',
    kinds.whole(1, 500),
    'Deliveries that one process has under way',
    { default: '20' },
  ),
  emailRetries: retriesSetting('EMAIL_RETRIES', 'an email', '14,10,3600'),
  smsRetries: retriesSetting('SMS_RETRIES', 'an SMS', '8,5,600'),
  pushRetries: retriesSetting('PUSH_RETRIES', 'a push message', '8,5,1800'),
  webhookRetries: retriesSetting('WEBHOOK_RETRIES', 'a webhook', '16,5,21600'),
  providerPause: setting(
    'PROVIDER_PAUSE',
    kinds.seconds(1, 3_600),
    'Seconds that a provider is left alone after it was down five times in a row',
    { default: '30' },
  ),
  deliveryLease: setting(
    'DELIVERY_LEASE',
    kinds.seconds(1, 3_600),
    'Seconds after which another worker takes over from one that died',
    { default: '120' },
  ),
} satisfies Settings;

export type NotificationsConfig = Values<typeof notificationsSettings>;

/** @throws ConfigError with a line for each variable that is wrong, or missing in this shape */
export function readNotificationsConfig(
  shape: Shape,
  environment: Environment = process.env,
): NotificationsConfig & { devMailbox: boolean } {
  const config = readSettings(notificationsSettings, environment);
  const isLocal = shape === 'embedded' && /^(localhost|127\.\d+\.\d+\.\d+|::1)$/.test(config.host);
  const devMailbox = config.devMailbox ?? isLocal;
  readAll({
    shape: () => requireForShape(shape, config, 'notifications'),
    keys: () => requireKeys(shape, config, 'notifications'),
    mail: () => {
      if (config.smtpUrl !== undefined || devMailbox) return;
      throw new ConfigError([
        'SMTP_URL is not set: emails need an SMTP server, for example smtp://user:password@mail.example.com:587; or set DEV_MAILBOX=on to catch them for development',
      ]);
    },
  });
  return { ...config, devMailbox };
}

/** The address of the gateway, without a slash at the end. */
export function publicUrlOf(config: NotificationsConfig): string {
  return (config.publicUrl ?? `http://localhost:${config.gatewayPort}`).replace(/\/+$/, '');
}

/** The pages that the mails about accounts lead to. */
export function accountLinks(config: NotificationsConfig): AccountLinks {
  const base = publicUrlOf(config);
  return {
    verification: config.verificationLink ?? `${base}/auth/verify-email?token={token}`,
    passwordReset: config.passwordResetLink ?? `${base}/auth/reset-password?token={token}`,
    invitation: config.invitationLink ?? `${base}/auth/accept-invitation?token={token}`,
  };
}
