import { Arg, Ctx, Directive, Int, Mutation, Query, Resolver, Root, Subscription } from 'type-graphql';
import { mapPage, type Page } from '../../../platform/database/keyset';
import type { RequestContext } from '../../../platform/service';
import { logAdded } from '../live';
import type { LogSpan, LogTail } from '../logs/log-tail';
import type { Logs } from '../logs/logs';
import {
  LogAddition,
  LogEntry,
  LogEntryConnection,
  LogEntryInput,
  LogFilterInput,
  LogIngestion,
} from './log.types';
import { entryBody, logEntryOf } from './views';

@Resolver()
export class LogResolver {
  constructor(
    private readonly stored: Logs,
    private readonly tail: LogTail,
  ) {}

  @Directive('@requiresScopes(scopes: [["logs:read"]])')
  @Query(() => LogEntryConnection, {
    nullable: true,
    description:
      'Log entries of all services, the newest first. Needs `logs:read`. Errors: VALIDATION_FAILED (422) for a filter or a page size outside of 1 to 100.',
  })
  async logs(
    @Ctx() { caller }: RequestContext,
    @Arg('first', () => Int, { nullable: true, defaultValue: 20 }) first: number | null,
    @Arg('after', () => String, { nullable: true }) after: string | null | undefined,
    @Arg('filter', () => LogFilterInput, { nullable: true }) filter: LogFilterInput | null | undefined,
  ): Promise<Page<LogEntry>> {
    return mapPage(await this.stored.search(caller, filter ?? {}, { first, after }), logEntryOf);
  }

  @Directive('@requiresScopes(scopes: [["logs:write"]])')
  @Mutation(() => LogIngestion, {
    nullable: true,
    description:
      'Stores log entries: at most 10,000, answered when they are on disk. Needs `logs:write`. `POST /metrics/logs` is cheaper for many entries. Errors: LOGS_OVERLOADED (429), LOGS_FULL (507), PAYLOAD_TOO_LARGE (413).',
  })
  async ingestLogs(
    @Ctx() { caller }: RequestContext,
    @Arg('entries', () => [LogEntryInput]) entries: LogEntryInput[],
  ): Promise<LogIngestion> {
    return this.stored.ingest(caller, entryBody(entries), 'json');
  }

  @Directive('@requiresScopes(scopes: [["logs:read"]])')
  @Subscription(() => LogAddition, {
    nullable: true,
    topics: logAdded,
    description:
      'New log entries, once a second and some three seconds after they were written. An entry that arrives later than that is only found by `logs`. Needs `logs:read`. Errors: VALIDATION_FAILED (422) for a filter that is not valid.',
  })
  async logAdded(
    @Root() span: LogSpan,
    @Ctx() { caller }: RequestContext,
    @Arg('filter', () => LogFilterInput, { nullable: true }) filter: LogFilterInput | null | undefined,
  ): Promise<LogAddition> {
    const { entries, omitted } = await this.tail.read(caller, filter ?? {}, span);
    return { entries: entries.map(logEntryOf), omitted };
  }
}
