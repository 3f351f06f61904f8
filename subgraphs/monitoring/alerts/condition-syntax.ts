interface Matcher {
  readonly label: string;
  readonly isEqual: boolean;
  readonly value: string;
}

interface SeriesTerm {
  readonly name: string;
  readonly matchers: readonly Matcher[];
}

interface SpanTerm extends SeriesTerm {
  readonly spanMs: number;
}

export interface LogTerm {
  readonly kind: 'logs';
  readonly matchers: readonly Matcher[];
  readonly spanMs: number;
}

/** A value that is read from the metrics of each service. */
export type MetricTerm =
  | ({ readonly kind: 'last' } & SeriesTerm)
  /** Seconds from now to the earliest moment that the series have; negative once it is over. */
  | ({ readonly kind: 'remaining' } & SeriesTerm)
  | ({ readonly kind: 'rate' } & SpanTerm)
  | ({ readonly kind: 'increase' } & SpanTerm)
  | ({ readonly kind: 'quantile'; readonly quantile: number } & SpanTerm);

/** A value for each service. */
export type Term = MetricTerm | LogTerm | { readonly kind: 'health'; readonly matchers: readonly Matcher[] };

export interface Condition {
  readonly term: Term;
  readonly divisor: Term | undefined;
  readonly comparison: '>' | '>=' | '<' | '<=' | '==' | '!=';
  readonly threshold: number;
}

/** Windows hold one hour. */
const longestSpanMs = 60 * 60_000;
const longestText = 500;
const tokenPattern =
  /\s*(?:([a-zA-Z_:][a-zA-Z0-9_:]*)|(-?\d+(?:\.\d+)?)([smh])?|"((?:[^"\\]|\\.)*)"|(>=|<=|==|!=|[><=/(){}[\],-]))/y;

interface Token {
  readonly kind: 'name' | 'number' | 'duration' | 'string' | 'sign' | 'end';
  readonly text: string;
  readonly at: number;
}

/** What is wrong with a condition, and where. */
export class ConditionError extends Error {}

/**
 * Reads the condition of an alert rule:
 *
 *     condition = term [ "/" term ] comparison number
 *     term      = metric [ labels ] [ "-" "time" "(" ")" ]
 *               | ( "rate" | "increase" ) "(" metric [ labels ] "[" duration "]" ")"
 *               | "quantile" "(" number "," metric [ labels ] "[" duration "]" ")"
 *               | "logs" [ labels ] "[" duration "]"
 *               | "health" [ labels ]
 *     labels    = "{" label ( "=" | "!=" ) string { "," label ( "=" | "!=" ) string } "}"
 *     string    = text in double quotes; one that ends in * matches every value that begins with the rest
 *     duration  = number ( "s" | "m" | "h" ), from 1s to 1h
 *
 * @throws ConditionError
 */
export function parseCondition(text: string): Condition {
  if (text.length > longestText) throw new ConditionError(`must have at most ${longestText} characters`);
  return new Parser(tokensOf(text)).condition();
}

function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  tokenPattern.lastIndex = 0;
  let at = 0;
  while (text.slice(at).trim() !== '') {
    tokenPattern.lastIndex = at;
    const match = tokenPattern.exec(text);
    if (match === null) throw new ConditionError(`has a character that is not understood at ${at + 1}`);
    const [whole, name, number, unit, string, sign] = match;
    if (name !== undefined) tokens.push({ kind: 'name', text: name, at });
    else if (number !== undefined) {
      tokens.push({ kind: unit === undefined ? 'number' : 'duration', text: number + (unit ?? ''), at });
    } else if (string !== undefined)
      tokens.push({ kind: 'string', text: string.replace(/\\(.)/g, '$1'), at });
    else tokens.push({ kind: 'sign', text: sign!, at });
    at += whole.length;
  }
  return [...tokens, { kind: 'end', text: 'the end', at }];
}

class Parser {
  private next = 0;

  constructor(private readonly tokens: readonly Token[]) {}

  condition(): Condition {
    const term = this.term();
    const divisor = this.skip('/') ? this.term() : undefined;
    const comparison = this.take('sign').text;
    if (!['>', '>=', '<', '<=', '==', '!='].includes(comparison)) this.fail('a comparison', this.next - 1);
    const threshold = Number(this.take('number').text);
    this.take('end');
    return { term, divisor, comparison: comparison as Condition['comparison'], threshold };
  }

  private term(): Term {
    const name = this.take('name').text;
    if (name === 'health') return { kind: 'health', matchers: this.matchers() };
    if (name === 'logs') return { kind: 'logs', matchers: this.matchers(), spanMs: this.span() };
    const isFunction = name === 'rate' || name === 'increase' || name === 'quantile';
    if (!isFunction) {
      const series = { name, matchers: this.matchers() };
      return this.skip('-') ? this.remaining(series) : { kind: 'last', ...series };
    }
    this.expect('(');
    let quantile = 0;
    if (name === 'quantile') {
      quantile = Number(this.take('number').text);
      if (quantile < 0 || quantile > 1) this.fail('a number from 0 to 1', this.next - 1);
      this.expect(',');
    }
    const series = { name: this.take('name').text, matchers: this.matchers(), spanMs: this.span() };
    this.expect(')');
    return name === 'quantile' ? { kind: name, quantile, ...series } : { kind: name, ...series };
  }

  private remaining(series: SeriesTerm): Term {
    if (this.take('name').text !== 'time') this.fail('time()', this.next - 1);
    this.expect('(');
    this.expect(')');
    return { kind: 'remaining', ...series };
  }

  private matchers(): Matcher[] {
    const matchers: Matcher[] = [];
    if (!this.skip('{')) return matchers;
    do {
      const label = this.take('name').text;
      const sign = this.take('sign').text;
      if (sign !== '=' && sign !== '!=') this.fail('= or !=', this.next - 1);
      matchers.push({ label, isEqual: sign === '=', value: this.take('string').text });
    } while (this.skip(','));
    this.expect('}');
    return matchers;
  }

  private span(): number {
    this.expect('[');
    const spanMs = durationMs(this.take('duration').text);
    if (spanMs < 1_000 || spanMs > longestSpanMs) this.fail('a duration from 1s to 1h', this.next - 1);
    this.expect(']');
    return spanMs;
  }

  private take(kind: Token['kind']): Token {
    const token = this.tokens[this.next]!;
    if (token.kind !== kind) this.fail(kind === 'end' ? 'the end' : `a ${kind}`, this.next);
    this.next++;
    return token;
  }

  private expect(sign: string): void {
    if (!this.skip(sign)) this.fail(`"${sign}"`, this.next);
  }

  private skip(sign: string): boolean {
    const { kind, text } = this.tokens[this.next]!;
    if (kind !== 'sign' || text !== sign) return false;
    this.next++;
    return true;
  }

  private fail(wanted: string, index: number): never {
    throw new ConditionError(`needs ${wanted} at character ${this.tokens[index]!.at + 1}`);
  }
}

const unitMs: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000 };

/** `90s`, `5m` or `1h` in milliseconds; NaN for anything else. */
export function durationMs(text: string): number {
  const [, count = '', unit = ''] = /^(\d{1,6}(?:\.\d{1,3})?)([smh])$/.exec(text) ?? [];
  return Number(count === '' ? Number.NaN : count) * (unitMs[unit] ?? Number.NaN);
}
