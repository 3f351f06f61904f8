import { createHmac, timingSafeEqual } from 'node:crypto';

export interface RefreshTokenFacts {
  readonly sessionId: string;
  readonly generation: number;
}

const pattern = /^([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\.([1-9]\d{0,8})\.([A-Za-z0-9_-]{43})$/;

/**
 * Refresh tokens: `<session>.<generation>.<HMAC-SHA-256>`. The token is derived from session and generation, so a lost answer
 * can be repeated, and the database stores no token.
 */
export class RefreshTokens {
  constructor(private readonly key: Buffer) {}

  write({ sessionId, generation }: RefreshTokenFacts): string {
    const text = `${sessionId}.${generation}`;
    return `${text}.${this.seal(text).toString('base64url')}`;
  }

  /** @returns undefined when this service did not issue the token */
  read(token: string): RefreshTokenFacts | undefined {
    const match = token.length > 100 ? null : pattern.exec(token);
    if (match === null) return undefined;
    const [, sessionId, generation, seal] = match as unknown as [string, string, string, string];
    const isOurs = timingSafeEqual(Buffer.from(seal, 'base64url'), this.seal(`${sessionId}.${generation}`));
    return isOurs ? { sessionId, generation: Number(generation) } : undefined;
  }

  private seal(text: string): Buffer {
    return createHmac('sha256', this.key).update(text).digest();
  }
}
