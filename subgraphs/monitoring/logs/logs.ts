import { cursorsOf, type Page, type PageRequest, pageOf, pageSize } from '../../../platform/database/keyset';
import { type FieldError, invalid } from '../../../platform/errors';
import type { Caller } from '../../../platform/security/caller';
import { type LogLevelName, leafOf, levelNumbers, type StoredLog } from './log-entry';
import type { LogFormat } from './log-lines';
import type { AppendOutcome } from './log-messages';
import type { LogQuery } from './log-storage';
import type { LogStore } from './log-store';
import { leafTerm, type WantedTerm, wantedWords } from './terms';

export interface LogFilter {
  service?: string | null | undefined;
  levels?: readonly LogLevelName[] | null | undefined;
  from?: Date | null | undefined;
  to?: Date | null | undefined;
  /** Words that all occur in the message. */
  text?: string | null | undefined;
  traceId?: string | null | undefined;
  metadataPath?: string | null | undefined;
  metadataValue?: string | null | undefined;
}

const maxText = 500;
const cursors = cursorsOf([
  { property: 'timestamp', type: 'number', direction: 'DESC' },
  { property: 'position', type: 'number', direction: 'DESC' },
]);

/** The lines of all services. */
export class Logs {
  constructor(
    private readonly store: Pick<LogStore, 'append' | 'search'>,
    /** Called with what each request brought. */
    private readonly onAppended: (outcome: AppendOutcome) => void,
  ) {}

  /**
   * Resolves when the accepted entries are on disk.
   *
   * @throws AppError 400 for a body that is not of its format, 403, 422 for a single entry that is not valid, 507
   */
  async ingest(caller: Caller, body: Uint8Array, format: LogFormat): Promise<AppendOutcome> {
    caller.require('logs:write');
    return this.append(body, format);
  }

  /** The same for lines of Plinth's own services. */
  async append(body: Uint8Array, format: LogFormat): Promise<AppendOutcome> {
    const outcome = await this.store.append(body, format);
    this.onAppended(outcome);
    const [refused] = outcome.rejected;
    if (outcome.isSingle && refused !== undefined) throw invalid([mistakeOf(refused.reason)]);
    return outcome;
  }

  /** The newest first. @throws AppError 403; 422 for a filter, a page size or a cursor that is not valid */
  async search(caller: Caller, filter: LogFilter, request: PageRequest): Promise<Page<StoredLog>> {
    caller.require('logs:read');
    const size = pageSize(request.first);
    const before = request.after == null ? undefined : (cursors.read(request.after) as [number, number]);
    const found = await this.store.search({ ...queryOf(filter), before }, size + 1);
    return pageOf(found.slice(0, size), found.length > size, cursors.write);
  }
}

/** @throws AppError 422 that names every field that is not valid */
export function queryOf(filter: LogFilter): LogQuery {
  const { service, levels, from, to, text, traceId, metadataPath, metadataValue } = filter;
  const mistakes: FieldError[] = [];
  const terms: WantedTerm[] = [];
  if (text != null) {
    const words = text.length > maxText ? [] : wantedWords(text);
    if (words.length === 0) {
      mistakes.push({
        field: 'text',
        message: `must have a letter or a digit, and at most ${maxText} characters`,
      });
    }
    terms.push(...words);
  }
  if (traceId != null) {
    if (!/^[0-9a-fA-F]{32}$/.test(traceId)) {
      mistakes.push({ field: 'traceId', message: 'must be 32 hexadecimal digits' });
    }
    terms.push({ term: traceId.toLowerCase(), isPrefix: false });
  }
  if ((metadataPath == null) !== (metadataValue == null)) {
    mistakes.push({ field: 'metadataPath', message: 'metadataPath and metadataValue go together' });
  } else if (metadataPath != null && metadataValue != null) {
    terms.push({ term: leafTerm(leafOf(metadataPath, metadataValue)), isPrefix: false });
  }
  if (levels?.length === 0) mistakes.push({ field: 'levels', message: 'must have at least one level' });
  if (service?.includes('\0')) mistakes.push({ field: 'service', message: 'must not have a NUL' });
  if (mistakes.length > 0) throw invalid(mistakes);
  return {
    service: service ?? undefined,
    levels: levels == null ? undefined : [...new Set(levels)].map(level => levelNumbers[level]),
    from: from?.getTime(),
    to: to?.getTime(),
    terms,
  };
}

/** `level: must be …` */
function mistakeOf(reason: string): FieldError {
  const colon = reason.indexOf(': ');
  return colon === -1
    ? { field: 'entry', message: reason }
    : { field: reason.slice(0, colon), message: reason.slice(colon + 2) };
}
