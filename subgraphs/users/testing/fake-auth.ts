import type { Clock } from '../../../platform/clock';
import { AppError, invalid, platformErrors } from '../../../platform/errors';
import { jsonResponse } from '../../../platform/http/response';
import { HttpServer } from '../../../platform/http/server';
import { uuidv7 } from '../../../platform/ids';
import { silentLogger } from '../../../platform/observability/logger';
import { Metrics } from '../../../platform/observability/metrics';
import type { Keyring } from '../../../platform/security/keyring';
import { commandRoute } from '../../../platform/service-commands';
import { TokenIssuer } from '../../../platform/testing/token-issuer';
import type { UserRegistered } from '../events';
import type { AccountCommand } from '../lifecycle/auth-commands';

export interface FakeAuthOptions {
  keyring: Keyring;
  clock: Clock;
  publish: (event: UserRegistered) => Promise<void>;
}

/**
 * Stands in for auth, so that a test chooses how its commands fail: signs access tokens and makes accounts. The stories of
 * e2e/ use the real one.
 */
export class FakeAuth {
  /** What each creation made; null where it was cancelled. */
  readonly creations = new Map<string, UserRegistered | null>();
  /** Every create-account command that arrived. */
  readonly commands: AccountCommand[] = [];
  /** The user without whom no active administrator would be left. */
  lastAdministrator: string | undefined;
  /** Every release-administrator command that was granted. */
  readonly releases: { releaseId: string; userId: string }[] = [];
  failure: 'none' | 'unreachable' | 'answer lost' = 'none';
  private readonly server: HttpServer;
  private port = 0;

  private constructor(
    readonly issuer: TokenIssuer,
    private readonly options: FakeAuthOptions,
  ) {
    this.server = new HttpServer({
      logger: silentLogger,
      metrics: new Metrics('auth'),
      routes: [
        {
          method: 'GET',
          path: '/.well-known/jwks.json',
          handle: async () => jsonResponse(200, issuer.keySet),
        },
        commandRoute('/commands/check-account', options, async command => ({
          mistakes: mistakesIn(command as AccountCommand),
        })),
        commandRoute('/commands/create-account', options, command => this.create(command as AccountCommand)),
        commandRoute('/commands/cancel-account', options, async command => {
          const { creationId } = command as { creationId: string };
          if (this.failure === 'unreachable') throw new AppError({ code: 'DOWN', status: 503 }, 'down');
          if (!this.creations.has(creationId)) this.creations.set(creationId, null);
          return { made: this.creations.get(creationId) };
        }),
        commandRoute('/commands/release-administrator', options, async command => {
          const release = command as { releaseId: string; userId: string };
          if (this.failure === 'unreachable') throw new AppError({ code: 'DOWN', status: 503 }, 'down');
          if (release.userId === this.lastAdministrator)
            throw new AppError(platformErrors.LAST_ADMINISTRATOR, 'last');
          this.releases.push(release);
          return {};
        }),
      ],
    });
  }

  static async start(options: FakeAuthOptions): Promise<FakeAuth> {
    const auth = new FakeAuth(await TokenIssuer.start(undefined, options.clock), options);
    auth.port = await auth.server.listen(0, '127.0.0.1');
    return auth;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  async close(): Promise<void> {
    await this.server.stop(0);
    await this.issuer.close();
  }

  private async create(command: AccountCommand): Promise<UserRegistered> {
    this.commands.push(command);
    const { creationId, username, email, roles } = command;
    if (this.failure === 'unreachable') throw new AppError({ code: 'DOWN', status: 503 }, 'down');
    const known = this.creations.get(creationId);
    if (known === null) throw new AppError({ code: 'CREATION_CANCELLED', status: 409 }, 'cancelled');
    if (known !== undefined) return known;
    const mistakes = mistakesIn(command);
    if (mistakes.length > 0) throw invalid(mistakes);
    if ([...this.creations.values()].some(each => each?.username === username)) {
      throw new AppError({ code: 'USERNAME_TAKEN', status: 409 }, 'taken', {
        details: [{ field: 'username', message: 'is taken' }],
      });
    }
    const now = this.options.clock.now();
    const registered: UserRegistered = {
      userId: uuidv7(now),
      username,
      email,
      isActive: true,
      createdAt: now,
      roles: [...roles],
      creationId,
    };
    this.creations.set(creationId, registered);
    if (this.failure === 'answer lost') {
      await this.options.publish(registered);
      throw new AppError({ code: 'LOST', status: 503 }, 'lost');
    }
    return registered;
  }
}

function mistakesIn({ username, password }: AccountCommand) {
  return [
    ...(username.length < 3 ? [{ field: 'username', message: 'is too short' }] : []),
    ...(password !== undefined && password.length < 8
      ? [{ field: 'password', message: 'is too short' }]
      : []),
  ];
}
