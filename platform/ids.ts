import { randomBytes } from 'node:crypto';

const hex = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

/**
 * A UUID of version 7 (RFC 9562 §5.7): time-ordered, so rows that were made together lie together in an index.
 *
 * @param now milliseconds since the Unix epoch
 */
export function uuidv7(now: number): string {
  const bytes = randomBytes(16);
  bytes.writeUIntBE(now, 0, 6);
  bytes[6] = 0x70 | (bytes[6]! & 0x0f);
  bytes[8] = 0x80 | (bytes[8]! & 0x3f);
  let text = '';
  for (let i = 0; i < 16; i++) {
    if (i === 4 || i === 6 || i === 8 || i === 10) text += '-';
    text += hex[bytes[i]!];
  }
  return text;
}

/** The smallest a `uuidv7` of this moment, or a later one, can be: where a list that is ordered by id begins in time. */
export function earliestIdAt(now: number): string {
  const digits = Math.max(0, now).toString(16).padStart(12, '0');
  return `${digits.slice(0, 8)}-${digits.slice(8)}-7000-8000-000000000000`;
}

const uuidPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** Whether the text has the form of a UUID; one that has not can be no row's id, and need not be looked up. */
export function isUuid(text: string): boolean {
  return uuidPattern.test(text);
}
