import { Arg, Ctx, Directive, FieldResolver, Int, Query, Resolver, Root } from 'type-graphql';
import { mapPage, type Page, pageOf } from '../../../platform/database/page';
import { holds, isSelf } from '../../../platform/security/caller';
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
    description:
      'What happened to the security of all accounts, the newest first. Needs `security-events:read`.',
  })
  async securityEvents(
    @Ctx() { caller }: AuthContext,
    @Arg('filter', () => SecurityEventFilterInput, { nullable: true })
    filter: SecurityEventFilterInput | null | undefined,
    @Arg('first', () => Int, { nullable: true, defaultValue: 20 }) first: number | null,
    @Arg('after', () => String, { nullable: true }) after: string | null | undefined,
  ): Promise<Page<SecurityEvent>> {
    const page = await this.events.search(caller, filter ?? {}, { first, after });
    return mapPage(page, row => securityEventOf(row, true));
  }

  @FieldResolver(() => SecurityEventConnection, {
    name: 'securityEvents',
    description:
      'What happened to the security of this account, the newest first. One’s own, or with `security-events:read` anybody’s; empty for others.',
  })
  ofUser(
    @Root() { id }: User,
    @Ctx() { caller, loaders }: AuthContext,
    @Arg('first', () => Int, { nullable: true, defaultValue: 20 }) first: number | null,
    @Arg('after', () => String, { nullable: true }) after: string | null | undefined,
  ): Promise<Page<SecurityEvent>> | Page<SecurityEvent> {
    const isAuditor = holds(caller, 'security-events:read');
    if (!isAuditor && !isSelf(caller, id)) return pageOf<SecurityEvent>([], false, event => event.id);
    return loaders
      .securityEventsOf(id, { first, after })
      .then(page => mapPage(page, row => securityEventOf(row, isAuditor)));
  }
}
