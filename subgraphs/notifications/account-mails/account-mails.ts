import type { Clock } from '../../../platform/clock';
import type { Transaction } from '../../../platform/database/transaction';
import type { TransactionalHandler } from '../../../platform/events/outbox';
import type { Keyring } from '../../../platform/security/keyring';
import {
  type AccountNotification,
  type AccountTokenIssued,
  accountActivationChanged,
  accountInvited,
  emailVerificationRequested,
  factorChanged,
  passwordChanged,
  passwordResetRequested,
  signedInFromNewDevice,
} from '../events';
import { suitableLocale } from '../locales';
import type { Message } from '../message';
import type { Recipients } from '../recipients/recipients';
import type { Notifications } from '../sending/notifications';
import { render } from '../templates/rendering';
import { type AccountMail, accountTemplates, type MailLocale, mailLocales } from './account-templates';

/** Addresses with `{token}` in them. */
export interface AccountLinks {
  verification: string;
  passwordReset: string;
  invitation: string;
}

const withToken: Record<string, keyof AccountLinks> = {
  [emailVerificationRequested]: 'verification',
  [passwordResetRequested]: 'passwordReset',
  [accountInvited]: 'invitation',
};

const notices: Record<string, AccountMail> = {
  [passwordChanged]: 'passwordChanged',
  [signedInFromNewDevice]: 'newSignIn',
  [factorChanged]: 'factorChanged',
  [accountActivationChanged]: 'activationChanged',
};

/** The address of a deleted user is not kept longer when the mail cannot be delivered. */
const longestFarewellMs = 24 * 60 * 60_000;

/** The mails about accounts, from the events of auth. Each event makes one mail, in the transaction that records it as handled. */
export class AccountMails {
  constructor(
    private readonly notifications: Notifications,
    private readonly recipients: Recipients,
    private readonly keyring: Keyring,
    private readonly links: AccountLinks,
    private readonly defaultLocale: MailLocale,
    private readonly clock: Clock,
  ) {}

  handlers(): Record<string, TransactionalHandler> {
    const handlers: Record<string, TransactionalHandler> = {};
    for (const [type, mail] of Object.entries(withToken))
      handlers[type] = (event, tx) => this.sendLink(type, mail, event.data as AccountTokenIssued, tx);
    for (const [type, mail] of Object.entries(notices))
      handlers[type] = (event, tx) => this.sendNotice(mail, event.data as AccountNotification, tx);
    return handlers;
  }

  /** The last mail to a deleted user. It belongs to nobody, and its row is removed after delivery. */
  async sendDeletionNotice(email: string, locale: string | null, tx: Transaction): Promise<void> {
    const message = this.message('deleted', locale, {});
    const expiresAt = this.clock.now() + longestFarewellMs;
    const facts = { userId: null, recipient: email, message, isSecret: false, expiresAt };
    await this.notifications.accept({ ...facts, isTransient: true }, tx);
  }

  private async sendLink(
    type: string,
    mail: keyof AccountLinks,
    data: AccountTokenIssued,
    tx: Transaction,
  ): Promise<void> {
    const token = this.keyring.decrypt(data.sealedToken, `event:${type}:${data.userId}`);
    const link = this.links[mail].replaceAll('{token}', encodeURIComponent(token));
    await this.accept(mail, data, { username: data.username, link }, data.expiresAt, tx);
  }

  private async sendNotice(mail: AccountMail, data: AccountNotification, tx: Transaction): Promise<void> {
    const { username, device, address, change = '' } = data;
    await this.accept(mail, data, { username, device, address, change }, null, tx);
  }

  private async accept(
    mail: AccountMail,
    { userId, email, locale }: { userId: string; email: string; locale?: string },
    variables: Record<string, unknown>,
    expiresAt: number | null,
    tx: Transaction,
  ): Promise<void> {
    const user = await this.recipients.find(userId, tx);
    if (user !== null && user.erasedAt !== null) return;
    const message = this.message(mail, user?.locale ?? locale, variables);
    const isSecret = expiresAt !== null;
    await this.notifications.accept({ userId, recipient: email, message, isSecret, expiresAt }, tx);
  }

  /** In the language of the profile, else in that of the setting. */
  private message(
    mail: AccountMail,
    locale: string | null | undefined,
    variables: Record<string, unknown>,
  ): Message {
    const language = suitableLocale(mailLocales, locale) ?? this.defaultLocale;
    return render('email', accountTemplates[language][mail], variables);
  }
}
