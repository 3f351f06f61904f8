/** The state of a client's rate limit, as the response reports it. */
export interface RateLimitState {
  /** Points of a whole window. */
  readonly limit: number;
  /** Points that are left in the current window. */
  readonly remaining: number;
  /** Seconds until the window ends, at least 1. */
  readonly resetSeconds: number;
}

/** `RateLimit-*` (draft-ietf-httpapi-ratelimit-headers-07), and `Retry-After` (RFC 9110 §10.2.3) for a 429. */
export function rateLimitHeaders(state: RateLimitState, status: number): Record<string, string> {
  const { limit, remaining, resetSeconds } = state;
  return {
    'ratelimit-limit': String(limit),
    'ratelimit-remaining': String(remaining),
    'ratelimit-reset': String(resetSeconds),
    ...(status === 429 ? { 'retry-after': String(resetSeconds) } : {}),
  };
}

/** The same as lines of a response head. */
export function rateLimitLines({ limit, remaining, resetSeconds }: RateLimitState, status: number): string {
  const lines = `ratelimit-limit: ${limit}\r\nratelimit-remaining: ${remaining}\r\nratelimit-reset: ${resetSeconds}\r\n`;
  return status === 429 ? `${lines}retry-after: ${resetSeconds}\r\n` : lines;
}
