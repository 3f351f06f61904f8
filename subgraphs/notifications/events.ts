/** The events of auth that this service handles; auth describes them in its own events.ts. Times are in milliseconds since the Unix epoch. */
export const userRegistered = 'user.registered';

export interface UserRegistered {
  userId: string;
  email: string;
  isActive: boolean;
}

export const userActivationChanged = 'user.activationChanged';

export interface UserActivationChanged {
  userId: string;
  isActive: boolean;
}

/** An event of users. */
export const contactChanged = 'user.contactChanged';

export interface ContactChanged {
  userId: string;
  /** E.164, encrypted in the context `event:user.contactChanged:<userId>`; null for none. */
  sealedPhone: string | null;
  /** BCP 47; null for none. */
  locale: string | null;
  /** A name of the IANA database; null for none. */
  timeZone: string | null;
  /** Of the profile: a smaller one is older. */
  version: number;
}

export const emailVerificationRequested = 'account.emailVerificationRequested';
export const passwordResetRequested = 'account.passwordResetRequested';
export const accountInvited = 'account.invited';

/** `sealedToken` is opened in the context `event:<type>:<userId>`. */
export interface AccountTokenIssued {
  userId: string;
  username: string;
  email: string;
  sealedToken: string;
  expiresAt: number;
  /** BCP 47; present when the mail comes before the profile that would say it. */
  locale?: string;
}

export const passwordChanged = 'account.passwordChanged';
export const signedInFromNewDevice = 'account.signedInFromNewDevice';
export const factorChanged = 'account.factorChanged';

export const accountActivationChanged = 'account.activationChanged';

/** The last four events: the account, and the client that acted. */
export interface AccountNotification {
  userId: string;
  username: string;
  email: string;
  device: string;
  address: string;
  /** Of `account.factorChanged` and `account.activationChanged`. */
  change?: 'enabled' | 'disabled' | 'recoveryCodeUsed' | 'recoveryCodesRenewed' | 'suspended' | 'reactivated';
}

/** An event of monitoring: alerts fire or are resolved. */
export const alertNotificationRequested = 'alert.notificationRequested';

export interface AlertNotificationRequested {
  /** Email addresses. */
  recipients: string[];
  subject: string;
  /** Plain text. */
  text: string;
}
