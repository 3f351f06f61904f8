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
