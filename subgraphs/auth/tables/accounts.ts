import { Column, Entity, PrimaryColumn } from 'typeorm';
import { IdColumn, InstantColumn, JsonColumn, TextColumn } from '../../../platform/database/columns';

/** An account that can sign in. */
@Entity('accounts')
export class AccountRow {
  @IdColumn()
  id: string;

  /** As the user typed it. */
  @TextColumn()
  username: string;

  /** NFKC in lower case: unique, and the key for lookups. */
  @TextColumn()
  usernameKey: string;

  @TextColumn()
  email: string;

  @TextColumn()
  emailKey: string;

  /** bcrypt, see passwords.ts. */
  @TextColumn()
  passwordHash: string;

  /** False while suspended: no sign-in, no session. */
  @Column('boolean')
  isActive: boolean;

  /** Whether `roles` has `administrator`; a column for counting. */
  @Column('boolean')
  isAdministrator: boolean;

  @InstantColumn()
  createdAt: number;

  @InstantColumn({ nullable: true })
  lastLogin: number | null;

  /** When the owner last verified `email`; null before. */
  @InstantColumn({ nullable: true })
  emailVerifiedAt: number | null;

  /** `roles` and `permissions` are copies for access tokens; the users service owns them. */
  @JsonColumn()
  roles: string[];

  @JsonColumn()
  permissions: string[];

  /** When the copies last changed; null since the registration. */
  @InstantColumn({ nullable: true })
  accessChangedAt: number | null;

  /** When users published them: an older event that arrives late changes nothing. */
  @InstantColumn({ nullable: true, name: 'access_told_at' })
  accessPublishedAt: number | null;

  @Column('integer')
  version: number;
}

/** The token of a mailed link, see account-tokens.ts. A used token is deleted. */
@Entity('account_tokens')
export class AccountTokenRow {
  /** UUIDv7: the order of the ids is the order in time. */
  @IdColumn()
  id: string;

  @TextColumn()
  accountId: string;

  @TextColumn()
  purpose: string;

  /** The address to which it was mailed. It verifies no other address. */
  @TextColumn()
  emailKey: string;

  /** SHA-256 of 256 random bits. */
  @TextColumn()
  tokenHash: string;

  @InstantColumn()
  expiresAt: number;
}

/** The mails of the last hour to one recipient, or asked for from one network. */
@Entity('mail_limits')
export class MailLimitRow {
  /** A keyed hash, so that the table does not reveal recipients. */
  @PrimaryColumn('text')
  key: string;

  /** Milliseconds since the Unix epoch, in order; a hundred at most. */
  @JsonColumn()
  sentAt: number[];

  @InstantColumn()
  updatedAt: number;
}

/** An account that the users service is about to take the administrator role from, see active-administrators.ts. */
@Entity('administrator_releases')
export class AdministratorReleaseRow {
  @IdColumn()
  id: string;

  @TextColumn()
  accountId: string;

  @InstantColumn()
  createdAt: number;
}

/** The outcome of a `create-account` command, for its idempotency. */
@Entity('account_creations')
export class AccountCreationRow {
  /** The idempotency key, a UUID of the users service. */
  @PrimaryColumn('text')
  creationId: string;

  /** Null for a command that was cancelled before it arrived. */
  @TextColumn({ nullable: true })
  accountId: string | null;

  /** A keyed hash of the command without its password; null when the account was deleted. */
  @TextColumn({ nullable: true })
  fingerprint: string | null;

  /** The bcrypt hash of the password in the command; null without a password. */
  @TextColumn({ nullable: true })
  passwordHash: string | null;

  @InstantColumn()
  createdAt: number;
}
