import { Column, Entity, PrimaryColumn } from 'typeorm';
import {
  BigCountColumn,
  IdColumn,
  InstantColumn,
  JsonColumn,
  TextColumn,
} from '../../platform/database/columns';
import type { RowClass } from '../../platform/database/database';

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

  /** When users said so: an announcement that comes late must not undo a newer one. */
  @InstantColumn({ nullable: true })
  accessToldAt: number | null;

  @Column('integer')
  version: number;
}

/** One sign-in, for as long as its refresh tokens are rotated: a token family. */
@Entity('sessions')
export class SessionRow {
  @IdColumn()
  id: string;

  @TextColumn()
  accountId: string;

  /** Of the refresh token that is good; those of earlier generations are spent. */
  @Column('integer')
  generation: number;

  @InstantColumn()
  createdAt: number;

  /** When the user last proved who they are in this session; null while that is the sign-in itself. */
  @InstantColumn({ nullable: true })
  authenticatedAt: number | null;

  /** The sign-in, or the last refresh. */
  @InstantColumn()
  lastSeenAt: number;

  /** When the previous generation was spent; null while there is none. */
  @InstantColumn({ nullable: true })
  rotatedAt: number | null;

  /** The session's absolute end; a refresh does not move it. */
  @InstantColumn()
  expiresAt: number;

  @InstantColumn({ nullable: true })
  revokedAt: number | null;

  @TextColumn()
  address: string;

  @TextColumn()
  userAgent: string;
}

/** Failed sign-ins against one account or from one address. */
@Entity('login_throttles')
export class LoginThrottleRow {
  /** A keyed hash: the table says nothing about who failed from where. */
  @PrimaryColumn('text')
  key: string;

  @Column('integer')
  failures: number;

  @InstantColumn()
  blockedUntil: number;

  @InstantColumn()
  updatedAt: number;
}

/** A key that signs access tokens. Its successor's `signsFrom` ends its signing. */
@Entity('signing_keys')
export class SigningKeyRow {
  /** Counts up: of two instances that make the next key at once, the database lets one. */
  @PrimaryColumn('integer')
  number: number;

  @TextColumn()
  kid: string;

  @JsonColumn()
  publicJwk: { kty: string; crv: string; x: string; y: string };

  /** PKCS #8 in PEM, encrypted in the context `signing_keys.private_key:<kid>`. */
  @TextColumn()
  privateKey: string;

  @InstantColumn()
  createdAt: number;

  @InstantColumn()
  signsFrom: number;
}

/** A credential for scripts and services. */
@Entity('api_keys')
export class ApiKeyRow {
  @IdColumn()
  id: string;

  @TextColumn()
  name: string;

  /** The digits that are shown to recognise it; unique. */
  @TextColumn()
  prefix: string;

  /** SHA-256 of the secret, which has 256 random bits: nothing slower would protect it better. */
  @TextColumn()
  secretHash: string;

  @JsonColumn()
  scopes: string[];

  /** The account that made it. */
  @TextColumn()
  createdBy: string;

  @InstantColumn()
  createdAt: number;

  @InstantColumn({ nullable: true })
  expiresAt: number | null;

  @InstantColumn({ nullable: true })
  lastUsedAt: number | null;

  @InstantColumn({ nullable: true })
  revokedAt: number | null;
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

/** Where an account was signed in from, see known-devices.ts. */
@Entity('known_devices')
export class KnownDeviceRow {
  @IdColumn()
  id: string;

  @TextColumn()
  accountId: string;

  /** Browser and system; with account and network unique. */
  @TextColumn()
  device: string;

  /** IPv4 address, or the network of an IPv6 one. */
  @TextColumn()
  network: string;

  @InstantColumn()
  lastSeenAt: number;
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

/** Something that happened to an account's security. Rows are added and, with the account, removed; never changed. */
@Entity('security_events')
export class SecurityEventRow {
  /** UUIDv7: the order of the ids is the order in time. */
  @IdColumn()
  id: string;

  @TextColumn()
  accountId: string;

  /** Such as `PASSWORD_CHANGED`, see security-events.ts. */
  @TextColumn()
  type: string;

  @InstantColumn()
  occurredAt: number;

  /** Who did it, where that is not the account's owner: an administrator's id, or an API key's. */
  @TextColumn({ nullable: true })
  actorId: string | null;

  @TextColumn()
  address: string;

  @TextColumn()
  userAgent: string;

  /** Of the request; null outside of any. */
  @TextColumn({ nullable: true })
  traceId: string | null;

  /** What else is worth knowing, never a secret. */
  @JsonColumn()
  details: object;
}

/** An authenticator app (RFC 6238): pending until a first code confirms it, then asked for at each sign-in. */
@Entity('totp_factors')
export class TotpFactorRow {
  @IdColumn()
  id: string;

  /** One an account; unique. */
  @TextColumn()
  accountId: string;

  /** Base32, encrypted in the context `totp_factors.secret:<id>`. */
  @TextColumn()
  secret: string;

  @InstantColumn()
  createdAt: number;

  /** Null while it is pending. */
  @InstantColumn({ nullable: true })
  confirmedAt: number | null;

  /** The time step of the last code that was taken: that one and those before it are spent (RFC 6238 §5.2). */
  @BigCountColumn({ nullable: true })
  lastUsedStep: number | null;
}

/** A code that stands in for the authenticator app, once: using it removes it. */
@Entity('recovery_codes')
export class RecoveryCodeRow {
  /** HMAC-SHA-256 of the account's id and the code, which has 80 random bits. */
  @PrimaryColumn('text')
  hash: string;

  @TextColumn()
  accountId: string;

  @InstantColumn()
  createdAt: number;
}

/** A sign-in whose password was right and whose second factor is due. */
@Entity('login_challenges')
export class LoginChallengeRow {
  /** SHA-256 of the challenge, which has 256 random bits. */
  @PrimaryColumn('text')
  hash: string;

  @TextColumn()
  accountId: string;

  /** It goes with the factor. */
  @TextColumn()
  factorId: string;

  /** SHA-256 of the password hash that was matched: another password ends the challenge. */
  @TextColumn()
  passwordMark: string;

  @InstantColumn()
  createdAt: number;

  @InstantColumn()
  expiresAt: number;
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

/** A random secret that the instances of this service share. */
@Entity('secrets')
export class SecretRow {
  @PrimaryColumn('text')
  name: string;

  /** Base64, encrypted in the context `secrets:<name>`. */
  @TextColumn()
  value: string;
}

export const entities: RowClass[] = [
  AccountRow,
  SessionRow,
  LoginThrottleRow,
  SigningKeyRow,
  SecretRow,
  ApiKeyRow,
  SecurityEventRow,
  AccountTokenRow,
  AccountCreationRow,
  KnownDeviceRow,
  MailLimitRow,
  TotpFactorRow,
  RecoveryCodeRow,
  LoginChallengeRow,
];
