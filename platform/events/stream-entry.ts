import type { DomainEvent } from './event-bus';

/** How long a read waits for new entries. */
export const blockMs = 500;

export type Entry = [id: string, fields: string[] | null];

/** Undefined for an entry that is not an event: every client of Redis can write to the stream. */
export function parseEvent(fields: string[]): DomainEvent | undefined {
  const at = fields.findIndex((name, i) => i % 2 === 0 && name === 'event');
  const text = at < 0 ? undefined : fields[at + 1];
  if (text === undefined) return undefined;
  try {
    const event = JSON.parse(text) as Partial<DomainEvent> | null;
    const isComplete =
      typeof event?.id === 'string' && typeof event.type === 'string' && typeof event.occurredAt === 'number';
    return isComplete ? (event as DomainEvent) : undefined;
  } catch {
    return undefined;
  }
}
