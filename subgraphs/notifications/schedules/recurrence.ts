const parts = /^[A-Z]+=[A-Z0-9,+-]+(;[A-Z]+=[A-Z0-9,+-]+)*$/;
const frequencies = /(^|;)FREQ=(HOURLY|DAILY|WEEKLY|MONTHLY|YEARLY)(;|$)/;
const mostOccurrences = 1_000;
/** Bounds the search for the next occurrence to some milliseconds: a rule can have none, such as the 30th of February. */
const limits = { maxIterations: 1_000, maxCandidateEvaluations: 20_000 };

/** A recurrence rule of RFC 5545 in a time zone. An occurrence at a local time that the clock skips is left out (§3.3.10). */
export class Recurrence {
  private constructor(private readonly rule: { next(after: Date): unknown }) {}

  /**
   * @param text such as `FREQ=WEEKLY;BYDAY=MO,TH`
   * @param startsAt local time of the first occurrence, such as `2026-03-02T09:00`
   * @throws Error in one sentence for a rule that is not valid or not supported
   */
  static async parse(text: string, startsAt: string, timeZone: string): Promise<Recurrence> {
    if (text.length > 200 || !parts.test(text)) throw new Error('must be a rule such as FREQ=DAILY;COUNT=5');
    if (!frequencies.test(text)) throw new Error('must have FREQ=HOURLY, DAILY, WEEKLY, MONTHLY or YEARLY');
    if (/(^|;)(BYMINUTE|BYSECOND|RSCALE|SKIP)=/.test(text))
      throw new Error('must not have BYMINUTE, BYSECOND, RSCALE or SKIP');
    if (Number(/(?:^|;)COUNT=(\d+)/.exec(text)?.[1] ?? 1) > mostOccurrences)
      throw new Error(`must have a COUNT of at most ${mostOccurrences}`);
    // The package is an ES module.
    const { RRuleTemporal } = await import('rrule-temporal');
    const start = `${startsAt.replace(/[-:]/g, '')}00`.slice(0, 15);
    const rruleString = `DTSTART;TZID=${timeZone}:${start}\nRRULE:${text}`;
    try {
      const recurrence = new Recurrence(new RRuleTemporal({ rruleString, ...limits }));
      recurrence.next(0);
      return recurrence;
    } catch {
      throw new Error('is not a valid rule, or has no occurrence');
    }
  }

  /** Milliseconds since the Unix epoch of the first occurrence after that moment; undefined when there is none. */
  next(after: number): number | undefined {
    return (this.rule.next(new Date(after)) as { epochMilliseconds: number } | null)?.epochMilliseconds;
  }
}
