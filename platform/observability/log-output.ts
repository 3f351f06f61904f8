import pino from 'pino';
import { type LogFormat, prettyFormatter } from './log-format';

const metadata: unique symbol = Symbol.for('pino.metadata');
/** Lines of this level (pino's number of `warn`) and above are written at once: the process may be about to end. */
const immediateLevel = 40;
/** The buffer is written when it has more characters than this, even inside of a turn of the event loop. */
const maxBuffered = 64 * 1024;

/**
 * Writes the lines of one turn of the event loop together, because a system call for each line costs more than the line. Warnings and
 * errors are written at once, with all lines before them. Only a process that is killed loses lines.
 */
export class LogLines {
  private static output: LogLines | undefined;
  private static readonly followers = new Set<(line: string) => void>();
  /** Makes pino set `lastLevel` before it writes a line. */
  readonly [metadata] = true;
  lastLevel = 0;
  private buffer = '';
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

  /** Calls `follower` with each line for standard output, as JSON. @returns ends it */
  static follow(follower: (line: string) => void): () => void {
    LogLines.followers.add(follower);
    return () => LogLines.followers.delete(follower);
  }

  write(line: string): void {
    if (this === LogLines.output) for (const follow of LogLines.followers) follow(line);
    this.buffer += this.format === undefined ? line : this.format(line);
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
    const text = this.buffer;
    this.buffer = '';
    this.stream.write(text);
  }
}
