import type { Clock } from '../../../platform/clock';
import type { Delegations } from '../../../platform/delegations';
import { invalid } from '../../../platform/errors';
import { type Caller, holds } from '../../../platform/security/caller';
import type { Keyring } from '../../../platform/security/keyring';

/** The thing that a link may be used for. */
export type SignedUse = 'download' | 'thumbnail';

/** The creator of a link, and the permission that the creator used; the link ends when the creator may no longer read the file. */
export interface LinkCreator {
  readonly kind: Caller['kind'];
  readonly id: string;
  readonly delegated: readonly string[];
}

const longestSeconds = 7 * 24 * 60 * 60;
const readAll = 'files:read';
const kinds: Readonly<Record<string, Caller['kind']>> = { a: 'anonymous', u: 'user', s: 'service' };

/**
 * Links that open one file without a token until they expire. The signature binds the use, the method, the id, the expiry and the
 * creator.
 */
export class SignedLinks {
  constructor(
    private readonly keyring: Keyring,
    private readonly clock: Clock,
    private readonly delegations: Pick<Delegations, 'remember'>,
  ) {}

  /** @returns the query of the link. @throws AppError 422 for a time outside of 1 second to 7 days */
  async queryFor(
    caller: Caller,
    use: SignedUse,
    fileId: string,
    expiresIn: number,
  ): Promise<Record<'expires' | 'by' | 'signature', string>> {
    if (!Number.isInteger(expiresIn) || expiresIn < 1 || expiresIn > longestSeconds) {
      throw invalid([{ field: 'expiresIn', message: `must be from 1 to ${longestSeconds} seconds` }]);
    }
    await this.delegations.remember(caller);
    const expires = String(Math.floor(this.clock.now() / 1000) + expiresIn);
    const by = creatorText(caller);
    return { expires, by, signature: this.keyring.sign(textOf(fileId, expires, by), purposeOf(use)) };
  }

  /** The creator of a valid link; undefined for one that is not valid, or has expired. */
  creatorOf(use: SignedUse, fileId: string, query: URLSearchParams): LinkCreator | undefined {
    const [expires, by, signature] = ['expires', 'by', 'signature'].map(name => query.get(name) ?? '');
    const isValid =
      /^\d{1,12}$/.test(expires!) &&
      this.keyring.isSigned(textOf(fileId, expires!, by!), signature!, purposeOf(use)) &&
      Number(expires) * 1000 > this.clock.now();
    if (!isValid) return undefined;
    const [kind = '', id = '', all] = by!.split('.');
    return { kind: kinds[kind]!, id, delegated: all === undefined ? [] : [readAll] };
  }
}

/** `u.<user id>`, `s.<API key id>` or `a.`; `.all` behind it stands for the permission `files:read`. */
function creatorText(caller: Caller): string {
  return `${caller.kind[0]}.${caller.id}${holds(caller, readAll) ? '.all' : ''}`;
}

function purposeOf(use: SignedUse): string {
  return `file ${use}`;
}

function textOf(fileId: string, expires: string, by: string): string {
  return `GET.${fileId}.${expires}.${by}`;
}
