import pino from 'pino';

const metadata: unique symbol = Symbol.for('pino.metadata');
/** Levels from here on (pino's number of `warn`) are written before anything else is done: the process may be about to end. */
const urgent = 40;
/** More than this, in characters, is not held back, even inside one turn of the event loop. */
const mostHeld = 64 * 1024;

/**
 * Writes lines to a file descriptor, those of one turn of the event loop together: a system call for each line would cost
 * more than the line. Warnings and errors are written at once, with all before them; the end of the process, unless it is
 * killed from outside, loses nothing.
 */
export class LogLines {
  private static output: LogLines | undefined;
  /** Asks pino to say the level of each line before it writes it. */
  readonly [metadata] = true;
  lastLevel = 0;
  private held = '';
  private isScheduled = false;

  constructor(private readonly stream: { write(text: string): unknown }) {}

  /** The one of this process's standard output, for all its loggers. */
  static standardOutput(): LogLines {
    if (LogLines.output === undefined) {
      const lines = new LogLines(pino.destination({ fd: 1, sync: true }));
      process.on('exit', () => lines.flush());
      LogLines.output = lines;
    }
    return LogLines.output;
  }

  write(line: string): void {
    this.held += line;
    const level = this.lastLevel;
    // Set by pino before each of its own lines; a line of ours is never urgent.
    this.lastLevel = 0;
    if (level >= urgent || this.held.length > mostHeld) this.flush();
    else if (!this.isScheduled) {
      this.isScheduled = true;
      setImmediate(() => {
        this.isScheduled = false;
        this.flush();
      });
    }
  }

  flush(): void {
    if (this.held === '') return;
    const text = this.held;
    this.held = '';
    this.stream.write(text);
  }
}
