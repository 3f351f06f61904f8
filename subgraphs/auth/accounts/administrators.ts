import { ConfigError } from '../../../platform/config';
import type { Database } from '../../../platform/database/database';
import { AppError } from '../../../platform/errors';
import { authErrors } from '../errors';
import type { Passwords } from '../passwords/passwords';
import { recordSecurityEvent, SecurityEventType } from '../security-events/security-event';
import { AccountRow } from '../tables';
import { administratorRole, insertAccount, newAccount, taken } from './account-rows';
import { type NewAccount, validAccount } from './credentials';

/** The operator acts on the command line, without a request. */
const noClient = { address: '', userAgent: '' };

/** Creates administrators for the operator. Plinth has no default administrator, and a registration makes none. */
export class Administrators {
  constructor(
    private readonly db: Database,
    private readonly passwords: Passwords,
  ) {}

  async exist(): Promise<boolean> {
    return (await this.db.read.countBy(AccountRow, { isAdministrator: true })) > 0;
  }

  /** @throws AppError 422 with every reason, 409 USERNAME_TAKEN or EMAIL_TAKEN */
  async create(input: NewAccount): Promise<AccountRow> {
    const { username, email, password } = validAccount(input);
    const passwordHash = await this.passwords.inTurn(() => this.passwords.hash(password));
    const account = newAccount(
      { username, email, passwordHash, roles: [administratorRole], permissions: ['*'] },
      this.db.clock.now(),
    );
    await this.db
      .transaction(async tx => {
        await insertAccount(tx, account);
        await recordSecurityEvent(tx, account.createdAt, {
          accountId: account.id,
          type: SecurityEventType.REGISTERED,
          client: noClient,
          details: { roles: account.roles },
        });
      })
      .catch(error => {
        throw taken(error);
      });
    return account;
  }

  /**
   * Creates the administrator of the configuration, unless one exists. Several instances may call it concurrently.
   *
   * @throws ConfigError when another account has the username or email
   */
  async ensureFirst(input: NewAccount): Promise<void> {
    if (await this.exist()) return;
    try {
      await this.create(input);
    } catch (error) {
      if (!(error instanceof AppError) || error.status !== 409) throw error;
      if (await this.exist()) return;
      throw new ConfigError([
        error.code === authErrors.EMAIL_TAKEN.code
          ? 'ADMIN_EMAIL belongs to an account that is no administrator: set another email, or create an administrator with npm run admin:create'
          : `The username ${input.username} belongs to an account that is no administrator: create one with npm run admin:create -- --username <another>`,
      ]);
    }
  }
}
