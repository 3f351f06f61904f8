import { Column, Entity, PrimaryColumn } from 'typeorm';
import { IdColumn, InstantColumn, JsonColumn, TextColumn } from '../../../platform/database/columns';

/** Somebody who can sign in. */
@Entity('accounts')
export class AccountRow {
  @IdColumn()
  id: string;

  /** As it was typed. */
  @TextColumn()
  username: string;

  /** What makes it unique, and what it is found by: NFKC, lower case. */
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

  /** Whether `roles` holds `administrator`; a column of its own, because it is counted. */
  @Column('boolean')
  isAdministrator: boolean;

  @InstantColumn()
  createdAt: number;

  @InstantColumn({ nullable: true })
  lastLogin: number | null;

  /** When its owner last proved to read mail sent to `email`; null while they have not. */
  @InstantColumn({ nullable: true })
  emailVerifiedAt: number | null;

  /** Copies of what the users service owns, for the tokens: role names and grants. */
  @JsonColumn()
  roles: string[];

  @JsonColumn()
  permissions: string[];

  /** When the copies last changed here; null while they are those of the registration. */
  @InstantColumn({ nullable: true })
  accessChangedAt: number | null;

  /** When users published them: an older event that arrives late changes nothing. */
  @InstantColumn({ nullable: true, name: 'access_told_at' })
  accessPublishedAt: number | null;

  @Column('integer')
  version: number;
}

/** A link that waits in somebody's mailbox, see account-tokens.ts. What is spent is gone. */
@Entity('account_tokens')
export class AccountTokenRow {
  /** UUIDv7: the order of the ids is the order in time. */
  @IdColumn()
  id: string;

  @TextColumn()
  accountId: string;

  @TextColumn()
  purpose: string;

  /** Of the address it was mailed to: it proves nothing about another. */
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
  /** A keyed hash: the table says nothing about who is written to. */
  @PrimaryColumn('text')
  key: string;

  /** Milliseconds since the Unix epoch, in order; a hundred at most. */
  @JsonColumn()
  sentAt: number[];

  @InstantColumn()
  updatedAt: number;
}

/** What became of the users service's command to make an account: the same command again finds the same answer. */
@Entity('account_creations')
export class AccountCreationRow {
  /** The idempotency key, a UUID of the users service. */
  @PrimaryColumn('text')
  creationId: string;

  /** Null for a command that was called off before it arrived: then it makes nothing any more. */
  @TextColumn({ nullable: true })
  accountId: string | null;

  /** A keyed hash of the command without its password; null once the account was erased. */
  @TextColumn({ nullable: true })
  fingerprint: string | null;

  /** bcrypt, of the password in the command; null where there was none. */
  @TextColumn({ nullable: true })
  passwordHash: string | null;

  @InstantColumn()
  createdAt: number;
}
