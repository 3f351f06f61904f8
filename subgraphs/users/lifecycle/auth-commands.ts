import type { FieldError } from '../../../platform/errors';
import type { Client } from '../../../platform/http/client-address';
import type { ServiceCommands } from '../../../platform/service-commands';
import type { UserRegistered } from '../events';

export interface NewAccount {
  username: string;
  email: string;
  password?: string | undefined;
}

export interface AccountCommand extends NewAccount {
  /** The idempotency key: the same key creates one account. */
  creationId: string;
  roles: readonly string[];
  /** The user or API key that requested it. */
  actorId: string;
  client: Client;
  /** The language of the mail to the owner (BCP 47). */
  locale?: string | undefined;
}

/** The commands of this service to auth. They carry passwords, which this service never stores. */
export class AuthCommands {
  constructor(private readonly commands: Pick<ServiceCommands, 'send'>) {}

  /** The mistakes for which auth would refuse the account. @throws AppError 503 */
  async checkAccount(account: NewAccount): Promise<FieldError[]> {
    const answer = await this.commands.send('/commands/check-account', account);
    return (answer as { mistakes: FieldError[] }).mistakes;
  }

  /** @throws AppError 409 as a registration, IDEMPOTENCY_KEY_REUSED, CREATION_CANCELLED; 422; 503 with an unknown outcome */
  async createAccount(command: AccountCommand): Promise<UserRegistered> {
    return (await this.commands.send('/commands/create-account', command)) as UserRegistered;
  }

  /**
   * Asks whether an active administrator is left without this user. If so, auth stops counting the user, until an event
   * `user.rolesChanged` has the id of the release.
   *
   * @throws AppError 409 LAST_ADMINISTRATOR; 503 with an unknown outcome
   */
  async releaseAdministrator(command: { releaseId: string; userId: string }): Promise<void> {
    await this.commands.send('/commands/release-administrator', command);
  }

  /** Cancels a command. @returns the account that it has created before; null when there is none. @throws AppError 503 */
  async cancelAccount(creationId: string): Promise<UserRegistered | null> {
    const answer = await this.commands.send('/commands/cancel-account', { creationId });
    return (answer as { made: UserRegistered | null }).made;
  }
}
