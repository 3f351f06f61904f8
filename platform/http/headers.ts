/** Header fields of an answer, by their names in lower case. */
export type Headers = Readonly<Record<string, string | number | readonly string[]>>;

const none: Headers = Object.freeze({});
const written = new WeakMap<Headers, WeakMap<Headers, string>>();
const oneLine = /^[\t\x20-\x7e\x80-\xff]*$/;

/** A control character in a value would end the header (RFC 9110 §5.5). */
export function isHeaderValue(text: string): boolean {
  return oneLine.test(text);
}

/** What an answer says itself wins over what every answer says; only `vary` is said by both. */
export function mergeHeaders(defaults: Headers, given: Headers = none): Headers {
  const vary = [defaults['vary'], given['vary']].filter(one => one !== undefined).join(', ');
  return { ...defaults, ...given, ...(vary === '' ? {} : { vary }) };
}

/**
 * The merged headers as lines of an HTTP/1.1 head. Two frozen objects are the same for every answer, so theirs are merged
 * and written once.
 *
 * @throws Error when a value would not be one line
 */
export function headerLines(defaults: Headers, given: Headers = none): string {
  if (!Object.isFrozen(defaults) || !Object.isFrozen(given))
    return startErrorLines(mergeHeaders(defaults, given));
  let known = written.get(defaults);
  if (known === undefined) {
    known = new WeakMap();
    written.set(defaults, known);
  }
  let lines = known.get(given);
  if (lines === undefined) {
    lines = startErrorLines(mergeHeaders(defaults, given));
    known.set(given, lines);
  }
  return lines;
}

function startErrorLines(headers: Headers): string {
  let lines = '';
  for (const [name, value] of Object.entries(headers)) {
    for (const one of Array.isArray(value) ? value : [value]) {
      const text = String(one);
      if (!isHeaderValue(text)) throw new Error(`The header ${name} cannot have this value`);
      lines += `${name}: ${text}\r\n`;
    }
  }
  return lines;
}
