import type { Clock } from '../clock';
import { unavailable } from '../errors';
import type { Caller } from './caller';
import type { Keyring } from './keyring';
import type { Revocations } from './revocations';

/** Servers know the revocations of the last hour, so a link may not live longer. */
const longestMs = 55 * 60_000;

/**
 * Signed links that a browser follows without a token, and that end with the session in which they were made: at a logout, a
 * revocation of the session, a password reset, a suspension or a deletion of the account, and after 55 minutes at most.
 * For links that shall outlive a session, such as shares, the resource has a row of its own that can be revoked.
 */
export class SessionLinks {
  constructor(
    private readonly keyring: Keyring,
    private readonly revocations: Pick<Revocations, 'isRevoked' | 'isCurrent'>,
    private readonly clock: Clock,
    /** The kind of resource, such as `export`: a link of one kind opens nothing of another. */
    private readonly kind: string,
  ) {}

  /** @param endsAt milliseconds since the Unix epoch. @returns the query of the link */
  queryFor(caller: Caller, resourceId: string, endsAt: number): string {
    const expires = String(Math.floor(Math.min(endsAt, this.clock.now() + longestMs) / 1000));
    const session = caller.sessionId ?? '';
    const signature = this.keyring.sign(textOf(resourceId, session, expires), this.purpose);
    return new URLSearchParams({ expires, session, signature }).toString();
  }

  /**
   * Whether the link opens this resource of this user now.
   *
   * @throws AppError 503 for a good link when revocations are not current
   */
  isValid(userId: string, resourceId: string, query: URLSearchParams): boolean {
    const [expires, session, signature] = ['expires', 'session', 'signature'].map(
      name => query.get(name) ?? '',
    );
    if (!this.keyring.isSigned(textOf(resourceId, session!, expires!), signature!, this.purpose))
      return false;
    if (Number(expires) * 1000 <= this.clock.now()) return false;
    if (this.revocations.isRevoked({ sid: session!, sub: userId })) return false;
    if (!this.revocations.isCurrent())
      throw unavailable('Plinth cannot check now whether this link has ended');
    return true;
  }

  private get purpose(): string {
    return `session link: ${this.kind}`;
  }
}

function textOf(resourceId: string, session: string, expires: string): string {
  return JSON.stringify([resourceId, session, expires]);
}
