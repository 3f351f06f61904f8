import type { Transaction } from '../../platform/database/transaction';
import type { Erased, ExportedFile, PersonalData } from '../../platform/personal-data';
import { leafOf, type StoredLog } from './logs/log-entry';
import type { LogStore } from './logs/log-store';
import { leafTerm } from './logs/terms';
import type { Traces } from './traces/traces';

/** The fields of a line's metadata that name a user, as Plinth's own lines and OpenTelemetry's conventions write them. */
const userFields = ['client', 'user_id', 'userId', 'user.id', 'enduser.id'];

const linesInFile = 100;
const mostFiles = 20;

/** The lines about a user, whose metadata names the user, and the spans of the user's requests. */
export class MonitoringData implements PersonalData {
  constructor(
    private readonly store: Pick<LogStore, 'erase' | 'search'>,
    private readonly traces: Pick<Traces, 'erase'>,
  ) {}

  async erase(userId: string, tx: Transaction): Promise<Erased> {
    const spans = await this.traces.erase(userId, tx);
    const entries = await this.store.erase(termsOfUser(userId));
    return { erased: { log_entries: entries, spans }, anonymised: {} };
  }

  /** The newest lines, as far as the files of an export hold them. */
  async collect(userId: string): Promise<ExportedFile[]> {
    const lines: StoredLog[] = [];
    for (const term of termsOfUser(userId)) {
      const terms = [{ term, isPrefix: false }];
      lines.push(...(await this.store.search({ terms }, linesInFile * mostFiles)));
    }
    lines.sort((one, other) => other.timestamp - one.timestamp);
    const files: ExportedFile[] = [];
    for (let at = 0; at < lines.length && files.length < mostFiles; at += linesInFile) {
      files.push({
        name: `log-entries-${files.length + 1}.json`,
        content: lines.slice(at, at + linesInFile).map(({ timestamp, service, message, metadata }) => ({
          timestamp: new Date(timestamp).toISOString(),
          service,
          message,
          metadata: metadata === null ? null : (JSON.parse(metadata) as unknown),
        })),
      });
    }
    return files;
  }
}

function termsOfUser(userId: string): string[] {
  return userFields.flatMap(field => [userId, `user:${userId}`].map(value => leafTerm(leafOf(field, value))));
}
