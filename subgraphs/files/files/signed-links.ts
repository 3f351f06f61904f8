import type { Clock } from '../../../platform/clock';
import { invalid } from '../../../platform/errors';
import type { Keyring } from '../../../platform/security/keyring';

const purpose = 'file download';
const longestSeconds = 7 * 24 * 60 * 60;

/** Links that download one file without a token until they expire. The signature binds the method, the id and the expiry. */
export class SignedLinks {
  constructor(
    private readonly keyring: Keyring,
    private readonly clock: Clock,
  ) {}

  /** @returns path and query at the gateway. @throws AppError 422 for a time outside of 1 second to 7 days */
  downloadPath(fileId: string, expiresIn: number): string {
    if (!Number.isInteger(expiresIn) || expiresIn < 1 || expiresIn > longestSeconds) {
      throw invalid([{ field: 'expiresIn', message: `must be from 1 to ${longestSeconds} seconds` }]);
    }
    const expires = String(Math.floor(this.clock.now() / 1000) + expiresIn);
    const signature = this.keyring.sign(textOf(fileId, expires), purpose);
    return `/files/download/${fileId}?${new URLSearchParams({ expires, signature })}`;
  }

  isValid(fileId: string, expires: string, signature: string): boolean {
    return (
      /^\d{1,12}$/.test(expires) &&
      this.keyring.isSigned(textOf(fileId, expires), signature, purpose) &&
      Number(expires) * 1000 > this.clock.now()
    );
  }
}

function textOf(fileId: string, expires: string): string {
  return `GET.${fileId}.${expires}`;
}
