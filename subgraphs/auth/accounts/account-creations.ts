import { createHmac, randomBytes } from 'node:crypto';
import type { Counter } from 'prom-client';
import type { Database } from '../../../platform/database/database';
import { uniqueViolation } from '../../../platform/database/driver-errors';
import { AppError, type FieldError, invalid, platformErrors } from '../../../platform/errors';
import type { Client } from '../../../platform/http/client-address';
import { authErrors } from '../errors';
import type { UserRegistered } from '../events';
import type { Passwords } from '../passwords/passwords';
import { recordSecurityEvent, SecurityEventType } from '../security-events/security-event';
import { AccountCreationRow, AccountRow } from '../tables';
import { insertAccount, newAccount, refuseReserved, registrationOf, taken } from './account-rows';
import type { AccountTokens } from './account-tokens';
import { mistakesInAccount } from './credentials';

/** A command of the users service, which has checked the permission of its caller. */
export interface AccountCommand {
  /** The idempotency key. */
  creationId: string;
  username: string;
  email: string;
  /** Absent: the owner gets an invitation by mail and chooses one. */
  password?: string | undefined;
  /** Names of the first roles. */
  roles: string[];
  /** The user or API key that requested it. */
  actorId: string;
  client: Client;
  /** The language of the mail to the owner (BCP 47). */
  locale?: string | undefined;
}

interface Dependencies {
  db: Database;
  passwords: Passwords;
  tokens: Pick<AccountTokens, 'issue'>;
  registrations: Counter;
  /** Signs the fingerprints of commands; the same in every instance. */
  fingerprintKey: Buffer;
}

/** Creates accounts on command of the users service, idempotently. */
export class AccountCreations {
  constructor(private readonly deps: Dependencies) {}

  /** The mistakes that `create` would report. It stores nothing. */
  check(input: { username: string; email: string; password?: string | undefined }): FieldError[] {
    return mistakesInAccount(input);
  }

  /**
   * Creates the account, or returns the account that the same command created before.
   *
   * @throws AppError 409 USERNAME_TAKEN, EMAIL_TAKEN, IDEMPOTENCY_KEY_REUSED, CREATION_CANCELLED; 422 with every reason
   */
  async create(command: AccountCommand): Promise<UserRegistered> {
    const { creationId, username, email, password, roles, actorId, client, locale } = command;
    const { passwords } = this.deps;
    const known = await this.deps.db.read.findOneBy(AccountCreationRow, { creationId });
    if (known !== null) return this.repeat(known, command);
    const mistakes = mistakesInAccount({ username, email, password });
    if (mistakes.length > 0) throw invalid(mistakes);
    refuseReserved(username);
    // A random password matches no input, and comparing takes the usual time.
    const unknown = randomBytes(32).toString('base64');
    const passwordHash = await passwords.inTurn(() => passwords.hash(password ?? unknown));
    const now = this.deps.db.clock.now();
    const account = newAccount({ username, email, passwordHash, roles, permissions: [] }, now);
    try {
      await this.deps.db.transaction(async tx => {
        await tx.manager.insert(AccountCreationRow, {
          creationId,
          accountId: account.id,
          fingerprint: this.fingerprint(command),
          passwordHash: password === undefined ? null : passwordHash,
          createdAt: now,
        });
        await insertAccount(tx, account, creationId);
        const { id: accountId } = account;
        await recordSecurityEvent(tx, now, {
          accountId,
          type: SecurityEventType.REGISTERED,
          client,
          actorId,
        });
        const purpose = password === undefined ? 'invitation' : 'verify-email';
        await this.deps.tokens.issue(tx, purpose, account, locale);
      });
    } catch (error) {
      // A concurrent request with the same command has created the account.
      if (uniqueViolation(error)?.includes('creation_id')) {
        return this.repeat(
          await this.deps.db.read.findOneByOrFail(AccountCreationRow, { creationId }),
          command,
        );
      }
      throw taken(error);
    }
    this.deps.registrations.inc();
    return registrationOf(account, creationId);
  }

  /**
   * Cancels a command whose outcome the users service does not know. A cancelled command creates nothing when it arrives.
   *
   * @returns the account that the command has created before; null when there is none
   */
  async cancel(creationId: string): Promise<UserRegistered | null> {
    return this.deps.db.transaction(async tx => {
      await tx.manager
        .createQueryBuilder()
        .insert()
        .into(AccountCreationRow)
        .values({ creationId, createdAt: this.deps.db.clock.now() })
        .orIgnore()
        .execute();
      const { accountId } = await tx.manager.findOneByOrFail(AccountCreationRow, { creationId });
      const account = accountId === null ? null : await tx.manager.findOneBy(AccountRow, { id: accountId });
      return account === null ? null : registrationOf(account, creationId);
    });
  }

  private async repeat(known: AccountCreationRow, command: AccountCommand): Promise<UserRegistered> {
    const { creationId, accountId, fingerprint, passwordHash } = known;
    const { passwords } = this.deps;
    if (accountId === null)
      throw new AppError(
        authErrors.CREATION_CANCELLED,
        'This creation was cancelled: send it again with a new key',
      );
    const account = await this.deps.db.read.findOneBy(AccountRow, { id: accountId });
    const { password } = command;
    const isSame =
      account !== null &&
      fingerprint === this.fingerprint(command) &&
      (password === undefined
        ? passwordHash === null
        : await passwords.inTurn(() => passwords.matches(password, passwordHash ?? undefined)));
    if (!isSame) throw keyReused();
    return registrationOf({ ...account, roles: command.roles }, creationId);
  }

  private fingerprint({ username, email, roles }: AccountCommand): string {
    return createHmac('sha256', this.deps.fingerprintKey)
      .update(JSON.stringify([username, email, roles]))
      .digest('base64url');
  }
}

function keyReused(): AppError {
  return new AppError(
    platformErrors.IDEMPOTENCY_KEY_REUSED,
    'This idempotency key was used for something else: send another one',
  );
}
