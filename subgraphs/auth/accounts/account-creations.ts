import { createHmac, randomBytes } from 'node:crypto';
import type { Counter } from 'prom-client';
import { type Database, uniqueViolation } from '../../../platform/database/database';
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

/** What the users service wants made, and for whom. It has asked whether its caller may. */
export interface AccountCommand {
  /** The idempotency key. */
  creationId: string;
  username: string;
  email: string;
  /** Without one the owner is mailed an invitation to choose it. */
  password?: string | undefined;
  /** Names of the roles to begin with. */
  roles: string[];
  /** The user or API key that asked for it. */
  actorId: string;
  client: Client;
}

/** Accounts that somebody makes for somebody else, commanded by the users service: once, however often it asks. */
export class AccountCreations {
  /** @param key for fingerprints, the same in every instance */
  constructor(
    private readonly db: Database,
    private readonly passwords: Passwords,
    private readonly tokens: Pick<AccountTokens, 'issue'>,
    private readonly key: Buffer,
    private readonly registrations: Counter,
  ) {}

  /** Every field that would be refused; makes nothing. */
  check(input: { username: string; email: string; password?: string | undefined }): FieldError[] {
    return mistakesInAccount(input);
  }

  /**
   * Makes the account, or finds what the same command made before.
   *
   * @throws AppError 422 with every reason, 409 USERNAME_TAKEN, EMAIL_TAKEN, IDEMPOTENCY_KEY_REUSED for another command
   * under this key, CREATION_CANCELLED
   */
  async create(command: AccountCommand): Promise<UserRegistered> {
    const { creationId, username, email, password, roles, actorId, client } = command;
    const known = await this.db.read.findOneBy(AccountCreationRow, { creationId });
    if (known !== null) return this.again(known, command);
    const mistakes = mistakesInAccount({ username, email, password });
    if (mistakes.length > 0) throw invalid(mistakes);
    refuseReserved(username);
    // What nobody knows matches nothing, and takes as long to compare.
    const unknown = randomBytes(32).toString('base64');
    const passwordHash = await this.passwords.inTurn(() => this.passwords.hash(password ?? unknown));
    const now = this.db.clock.now();
    const account = newAccount({ username, email, passwordHash, roles, permissions: [] }, now);
    try {
      await this.db.transaction(async tx => {
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
        await this.tokens.issue(tx, password === undefined ? 'invitation' : 'verify-email', account);
      });
    } catch (error) {
      // The same command, sent twice at once: one of them made it.
      if (uniqueViolation(error)?.includes('creation_id')) {
        return this.again(await this.db.read.findOneByOrFail(AccountCreationRow, { creationId }), command);
      }
      throw taken(error);
    }
    this.registrations.inc();
    return registrationOf(account, creationId);
  }

  /**
   * Calls a command off that nothing was heard of: it makes nothing any more, however late it arrives.
   *
   * @returns what it has made already; null when there is nothing
   */
  async cancel(creationId: string): Promise<UserRegistered | null> {
    return this.db.transaction(async tx => {
      await tx.manager
        .createQueryBuilder()
        .insert()
        .into(AccountCreationRow)
        .values({ creationId, createdAt: this.db.clock.now() })
        .orIgnore()
        .execute();
      const { accountId } = await tx.manager.findOneByOrFail(AccountCreationRow, { creationId });
      const account = accountId === null ? null : await tx.manager.findOneBy(AccountRow, { id: accountId });
      return account === null ? null : registrationOf(account, creationId);
    });
  }

  private async again(known: AccountCreationRow, command: AccountCommand): Promise<UserRegistered> {
    const { creationId, accountId, fingerprint, passwordHash } = known;
    if (accountId === null)
      throw new AppError(authErrors.CREATION_CANCELLED, 'This was called off: send it anew');
    const account = await this.db.read.findOneBy(AccountRow, { id: accountId });
    const { password } = command;
    const isSame =
      account !== null &&
      fingerprint === this.fingerprint(command) &&
      (password === undefined
        ? passwordHash === null
        : await this.passwords.inTurn(() => this.passwords.matches(password, passwordHash ?? undefined)));
    if (!isSame) throw keyReused();
    return registrationOf({ ...account, roles: command.roles }, creationId);
  }

  private fingerprint({ username, email, roles }: AccountCommand): string {
    return createHmac('sha256', this.key)
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
