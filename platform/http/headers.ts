/** Header fields of a response, by their names in lower case. */
export type Headers = Readonly<Record<string, string | number | readonly string[]>>;

const oneLine = /^[\t\x20-\x7e\x80-\xff]*$/;

/** A control character in a value would end the header (RFC 9110 §5.5). */
export function isHeaderValue(text: string): boolean {
  return oneLine.test(text);
}

/** The headers of a response win over the default headers; the values of `vary` are joined. */
export function mergeHeaders(defaults: Headers, headers: Headers = {}): Headers {
  const vary = [defaults['vary'], headers['vary']].filter(value => value !== undefined).join(', ');
  return { ...defaults, ...headers, ...(vary === '' ? {} : { vary }) };
}

/** A part of a field line without the spaces and tabs around it (RFC 9112 §5.1). `trim` also removes other characters, such as a no-break space. */
export function fieldValue(text: string, from = 0, to = text.length): string {
  let start = from;
  let end = to;
  while (start < end && isBlank(text.charCodeAt(start))) start++;
  while (end > start && isBlank(text.charCodeAt(end - 1))) end--;
  return text.slice(start, end);
}

const isBlank = (code: number): boolean => code === 0x20 || code === 0x09;
