/** The bytes from `start` to before `end`. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/** More ranges than a player or a resumed download needs are answered with the whole file. */
const mostRanges = 8;

/**
 * The ranges of a `Range` header (RFC 9110 §14.2).
 *
 * @returns undefined for the whole content: without a header, and for one that is invalid or asks for too much;
 *   an empty list when no range begins within the content (416)
 */
export function rangesOf(header: string | undefined, size: number): ByteRange[] | undefined {
  const set = /^bytes=(.*)$/i.exec(header ?? '')?.[1];
  if (set === undefined) return undefined;
  const ranges: ByteRange[] = [];
  const parts = set.split(',').map(part => part.trim());
  if (parts.length > mostRanges) return undefined;
  for (const part of parts) {
    const [, first, last] = /^(\d{0,15})-(\d{0,15})$/.exec(part) ?? [];
    if (first === undefined || last === undefined || (first === '' && last === '')) return undefined;
    if (first !== '' && last !== '' && Number(last) < Number(first)) return undefined;
    const start = first === '' ? Math.max(0, size - Number(last)) : Number(first);
    const end = first === '' || last === '' ? size : Math.min(size, Number(last) + 1);
    if (start < end) ranges.push({ start, end });
  }
  // Overlapping ranges make an answer larger than the file.
  const bytes = ranges.reduce((sum, { start, end }) => sum + end - start, 0);
  return bytes > size ? undefined : ranges;
}
