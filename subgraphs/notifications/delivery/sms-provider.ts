import { failureOf, type Outbound } from './outbound';
import { type Delivery, PermanentError, type Provider } from './provider';

/** An account of a Twilio-compatible API, from one URL. */
export interface SmsAccount {
  /** Without the credentials. */
  readonly base: string;
  readonly accountSid: string;
  readonly authToken: string;
  /** A phone number, an alphanumeric sender or a messaging service (`MG…`). */
  readonly from: string;
}

/** @param text `https://<account SID>:<auth token>@api.twilio.com?from=+15005550006` */
export function smsAccountOf(text: string): SmsAccount {
  const url = new URL(text);
  // In a query `+` is a space.
  const from = (url.searchParams.get('from') ?? '').replace(/^ /, '+');
  const { protocol, host, pathname } = url;
  return {
    base: `${protocol}//${host}${pathname.replace(/\/+$/, '')}`,
    accountSid: decodeURIComponent(url.username),
    authToken: decodeURIComponent(url.password),
    from,
  };
}

/** Errors of the API that are about this message (https://www.twilio.com/docs/api/errors): numbers that cannot get it, a text that is too long. */
const aboutMessage = new Set([
  21211, 21214, 21217, 21408, 21610, 21611, 21612, 21614, 21617, 30003, 30005, 30006,
]);

/** SMS over a Twilio-compatible API. */
export class SmsProvider implements Provider {
  readonly channel = 'sms';

  /** @param callbackUrl where the API reports what became of the message with this id */
  constructor(
    readonly name: string,
    private readonly account: SmsAccount,
    private readonly outbound: Outbound,
    private readonly callbackUrl: (notificationId: string) => string,
  ) {}

  async send({ id, recipient, message }: Delivery): Promise<void> {
    const { base, accountSid, authToken, from } = this.account;
    const form = new URLSearchParams({
      To: recipient,
      [/^MG[0-9a-f]{32}$/i.test(from) ? 'MessagingServiceSid' : 'From']: from,
      Body: message.content,
      StatusCallback: this.callbackUrl(id),
    });
    const answer = await this.outbound.post({
      url: `${base}/2010-04-01/Accounts/${encodeURIComponent(accountSid)}/Messages.json`,
      headers: {
        authorization: `Basic ${Buffer.from(`${accountSid}:${authToken}`).toString('base64')}`,
        'content-type': 'application/x-www-form-urlencoded',
        accept: 'application/json',
      },
      body: form.toString(),
    });
    const failure = failureOf('The SMS provider', answer);
    if (failure === undefined) return;
    const code = codeOf(answer.body);
    // 400 with another code is a mistake of the account, such as a sender that it does not own: the operator corrects it.
    if (failure instanceof PermanentError && !aboutMessage.has(code))
      throw new Error(`${failure.message} with error ${code}`);
    failure.message += code === 0 ? '' : ` with error ${code}`;
    throw failure;
  }

  async close(): Promise<void> {}
}

function codeOf(body: string): number {
  try {
    const { code } = JSON.parse(body) as { code?: unknown };
    return typeof code === 'number' ? code : 0;
  } catch {
    return 0;
  }
}
