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
  /** The idempotency key: the same makes one account. */
  creationId: string;
  roles: readonly string[];
  /** The user or API key that asked for it. */
  actorId: string;
  client: Client;
}

/** What this service commands auth to do. Passwords pass through here, and stay nowhere. */
export class AuthCommands {
  constructor(private readonly commands: Pick<ServiceCommands, 'send'>) {}

  /** Every field that auth would refuse. @throws AppError 503 */
  async checkAccount(account: NewAccount): Promise<FieldError[]> {
    const answer = await this.commands.send('/commands/check-account', account);
    return (answer as { mistakes: FieldError[] }).mistakes;
  }

  /** @throws AppError 422, 409 as at a registration, 409 IDEMPOTENCY_KEY_REUSED, CREATION_CANCELLED; 503, made or not */
  async createAccount(command: AccountCommand): Promise<UserRegistered> {
    return (await this.commands.send('/commands/create-account', command)) as UserRegistered;
  }

  /** What the command has made; null when it made nothing, and never will. @throws AppError 503 */
  async cancelAccount(creationId: string): Promise<UserRegistered | null> {
    const answer = await this.commands.send('/commands/cancel-account', { creationId });
    return (answer as { made: UserRegistered | null }).made;
  }
}
