import pino from 'pino';
import { type LogFormat, prettyFormatter } from './log-format';

const metadata: unique symbol = Symbol.for('pino.metadata');
/** Lines of this level (pino's number of `warn`) and above are written at once: the process may be about to end. */
const immediateLevel = 40;
/** The buffer is written when it has more characters than this, even inside of a turn of the event loop. */
const maxBuffered = 64 * 1024;

/** Takes lines, each of which ends with a line feed, and how many they are. */
type Follower = (lines: string, count: number) => void;

/**
 * Writes the lines of one turn of the event loop together, because a system call for each line costs more than the line. Warnings and
 * errors are written at once, with all lines before them. Only a process that is killed loses lines.
 */
export class LogLines {
  private static output: LogLines | undefined;
  /** Makes pino set `lastLevel` before it writes a line. */
  readonly [metadata] = true;
  lastLevel = 0;
  private buffer = '';
  private readonly followers = new Set<Follower>();
  /** The same lines before their format, and their number; for followers. */
  private followed = '';
  private count = 0;
  private isScheduled = false;

  /** @param format rewrites a line before it is written */
  constructor(
    private readonly stream: { write(text: string): unknown },
    private readonly format?: (line: string) => string,
  ) {}

  /** The standard output of this process, shared by all its loggers. The first of them decides on the format. */
  static standardOutput(format: LogFormat): LogLines {
    if (LogLines.output === undefined) {
      const lines = new LogLines(
        pino.destination({ fd: 1, sync: true }),
        format === 'pretty' ? prettyFormatter() : undefined,
      );
      process.on('exit', () => lines.flush());
      LogLines.output = lines;
    }
    return LogLines.output;
  }

  /** Follows the standard output of this process. */
  static followOutput(follower: Follower): () => void {
    return LogLines.output?.follow(follower) ?? (() => undefined);
  }

  /**
   * Calls `follower` with the lines before their format: with all lines of a turn in one text. A line by itself is kept in the pieces that it
   * was made of, and collecting these was four fifths of what shipping costs (`npm run bench:monitoring -- --shipping 40`).
   *
   * @returns ends it, after the last lines
   */
  follow(follower: Follower): () => void {
    this.followers.add(follower);
    return () => {
      this.flush();
      this.followers.delete(follower);
    };
  }

  write(line: string): void {
    this.count++;
    if (this.format === undefined) this.buffer += line;
    else {
      this.buffer += this.format(line);
      this.followed += line;
    }
    const level = this.lastLevel;
    // pino sets it before each of its lines. Request lines are written without pino, and never at once.
    this.lastLevel = 0;
    if (level >= immediateLevel || this.buffer.length > maxBuffered) this.flush();
    else if (!this.isScheduled) {
      this.isScheduled = true;
      setImmediate(() => {
        this.isScheduled = false;
        this.flush();
      });
    }
  }

  flush(): void {
    if (this.buffer === '') return;
    const { buffer, count } = this;
    const lines = this.format === undefined ? buffer : this.followed;
    this.buffer = '';
    this.followed = '';
    this.count = 0;
    for (const follow of this.followers) follow(lines, count);
    this.stream.write(buffer);
  }
}
