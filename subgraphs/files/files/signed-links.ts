import type { Clock } from '../../../platform/clock';
import { invalid } from '../../../platform/errors';
import type { Keyring } from '../../../platform/security/keyring';

/** The thing that a link may be used for. */
export type SignedUse = 'download' | 'thumbnail';

const longestSeconds = 7 * 24 * 60 * 60;

/** Links that open one file without a token until they expire. The signature binds the use, the method, the id and the expiry. */
export class SignedLinks {
  constructor(
    private readonly keyring: Keyring,
    private readonly clock: Clock,
  ) {}

  /** @returns the query of the link. @throws AppError 422 for a time outside of 1 second to 7 days */
  queryFor(use: SignedUse, fileId: string, expiresIn: number): Record<'expires' | 'signature', string> {
    if (!Number.isInteger(expiresIn) || expiresIn < 1 || expiresIn > longestSeconds) {
      throw invalid([{ field: 'expiresIn', message: `must be from 1 to ${longestSeconds} seconds` }]);
    }
    const expires = String(Math.floor(this.clock.now() / 1000) + expiresIn);
    return { expires, signature: this.keyring.sign(textOf(fileId, expires), purposeOf(use)) };
  }

  isValid(use: SignedUse, fileId: string, expires: string, signature: string): boolean {
    return (
      /^\d{1,12}$/.test(expires) &&
      this.keyring.isSigned(textOf(fileId, expires), signature, purposeOf(use)) &&
      Number(expires) * 1000 > this.clock.now()
    );
  }
}

function purposeOf(use: SignedUse): string {
  return `file ${use}`;
}

function textOf(fileId: string, expires: string): string {
  return `GET.${fileId}.${expires}`;
}
