import { createHmac, timingSafeEqual } from 'node:crypto';

export interface RefreshTokenFacts {
  readonly sessionId: string;
  readonly generation: number;
}

const pattern = /^([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\.([1-9]\d{0,8})\.([A-Za-z0-9_-]{43})$/;

/**
 * Refresh tokens: `<session>.<generation>.<HMAC-SHA-256>`. The same session and generation make the same token, so one
 * whose answer was lost can be given again, and nothing that would be worth stealing is stored.
 */
export class RefreshTokens {
  constructor(private readonly key: Buffer) {}

  write({ sessionId, generation }: RefreshTokenFacts): string {
    const text = `${sessionId}.${generation}`;
    return `${text}.${this.seal(text).toString('base64url')}`;
  }

  /** What the token says; undefined when it is none of ours. */
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
