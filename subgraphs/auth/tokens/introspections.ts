import type { ApiKeySource } from '../../../platform/security/api-keys';
import { apiKeyPattern } from '../../../platform/security/api-keys';
import type { Caller } from '../../../platform/security/caller';
import type { TokenValidations } from './token-validations';

/** The answer of token introspection (RFC 7662 §2.2). An inactive token is not described. */
export type Introspection =
  | { active: false }
  | {
      active: true;
      /** A user for an access token, a service for an API key. */
      kind: 'user' | 'service';
      /** The id of the user, or of the API key. */
      sub: string;
      /** Permissions as they are now, separated by spaces. */
      scope: string;
      /** Seconds since the epoch; absent for an API key that does not expire. */
      exp?: number;
    };

/** Introspection of access tokens and API keys, for services that do not follow the events of revocations. */
export class Introspections {
  constructor(
    private readonly validations: Pick<TokenValidations, 'validate'>,
    private readonly apiKeys: ApiKeySource,
  ) {}

  /** @throws AppError 401, 403 without `tokens:introspect`, 503 when revocations cannot be known */
  async introspect(caller: Caller, token: string): Promise<Introspection> {
    caller.require('tokens:introspect');
    if (apiKeyPattern.test(token)) {
      const facts = await this.apiKeys.find(token);
      if (facts === undefined) return { active: false };
      const { id, scopes, expiresAt } = facts;
      return {
        active: true,
        kind: 'service',
        sub: id,
        scope: scopes.join(' '),
        ...(expiresAt === null ? {} : { exp: Math.floor(expiresAt / 1000) }),
      };
    }
    const validation = await this.validations.validate(token);
    if (!validation.active) return { active: false };
    const { userId, permissions, expiresAt } = validation;
    return {
      active: true,
      kind: 'user',
      sub: userId,
      scope: permissions.join(' '),
      exp: Math.floor(expiresAt / 1000),
    };
  }
}
