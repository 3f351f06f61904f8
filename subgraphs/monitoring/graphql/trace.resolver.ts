import { Arg, Ctx, Directive, FieldResolver, ID, Int, Query, Resolver, Root } from 'type-graphql';
import { mapPage, type Page } from '../../../platform/database/keyset';
import type { RequestContext } from '../../../platform/service';
import type { Logs } from '../logs/logs';
import type { Traces } from '../traces/traces';
import { type LogEntry, LogEntryConnection } from './log.types';
import { Trace } from './trace.types';
import { logEntryOf, traceOf } from './views';

@Resolver(() => Trace)
export class TraceResolver {
  constructor(
    private readonly traces: Traces,
    private readonly stored: Logs,
  ) {}

  @Directive('@requiresScopes(scopes: [["traces:read"]])')
  @Query(() => Trace, {
    nullable: true,
    description:
      'A trace with its spans and log entries; null when neither a span nor a log entry of it is stored. Needs `traces:read`. Errors: VALIDATION_FAILED (422) for an id that is not 32 hexadecimal digits.',
  })
  async trace(@Ctx() { caller }: RequestContext, @Arg('id', () => ID) id: string): Promise<Trace | null> {
    const found = await this.traces.find(caller, id);
    return found === null ? null : traceOf(found);
  }

  @Directive('@requiresScopes(scopes: [["logs:read"]])')
  @FieldResolver(() => LogEntryConnection, {
    nullable: true,
    description: 'Log entries of the trace, the newest first. Needs `logs:read`.',
  })
  async logs(
    @Ctx() { caller }: RequestContext,
    @Root() trace: Trace,
    @Arg('first', () => Int, { nullable: true, defaultValue: 20 }) first: number | null,
    @Arg('after', () => String, { nullable: true }) after: string | null | undefined,
  ): Promise<Page<LogEntry>> {
    return mapPage(await this.stored.search(caller, { traceId: trace.id }, { first, after }), logEntryOf);
  }
}
