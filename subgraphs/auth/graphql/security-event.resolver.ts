import { Arg, Ctx, Directive, FieldResolver, Int, Query, Resolver, Root } from 'type-graphql';
import { mapPage, type Page } from '../../../platform/database/keyset';
import type { AuthContext } from '../loaders';
import type { SecurityEvents } from '../security-events/security-events';
import {
  type SecurityEvent,
  SecurityEventConnection,
  SecurityEventFilterInput,
} from './security-event.types';
import { User } from './types';
import { securityEventOf } from './views';

@Resolver(() => User)
export class SecurityEventResolver {
  constructor(private readonly events: SecurityEvents) {}

  @Directive('@requiresScopes(scopes: [["security-events:read"]])')
  @Query(() => SecurityEventConnection, {
    nullable: true,
    description:
      'The security events of all accounts, the newest first. Needs `security-events:read`. Errors: VALIDATION_FAILED (422) for a page size outside of 1 to 100.',
  })
  async securityEvents(
    @Ctx() { caller }: AuthContext,
    @Arg('filter', () => SecurityEventFilterInput, { nullable: true })
    filter: SecurityEventFilterInput | null | undefined,
    @Arg('first', () => Int, { nullable: true, defaultValue: 20 }) first: number | null,
    @Arg('after', () => String, { nullable: true }) after: string | null | undefined,
  ): Promise<Page<SecurityEvent>> {
    const page = await this.events.search(caller, filter ?? {}, { first, after });
    return mapPage(page, securityEventOf);
  }

  @FieldResolver(() => SecurityEventConnection, {
    nullable: true,
    name: 'securityEvents',
    description:
      'The security events of this account, the newest first. Needs `security-events:read` for another user, and is empty without it.',
  })
  async ofUser(
    @Root() { id }: User,
    @Ctx() { loaders }: AuthContext,
    @Arg('first', () => Int, { nullable: true, defaultValue: 20 }) first: number | null,
    @Arg('after', () => String, { nullable: true }) after: string | null | undefined,
  ): Promise<Page<SecurityEvent>> {
    return mapPage(await loaders.securityEventsOf(id, { first, after }), securityEventOf);
  }
}
