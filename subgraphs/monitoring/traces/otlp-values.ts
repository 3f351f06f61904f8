import { z } from 'zod';

/**
 * Values of OTLP, as its JSON encoding has them (https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding): ids in hexadecimal, 64-bit
 * numbers as text or number. From protobuf, ids and bytes are Buffers.
 */
export const nanoseconds = z
  .union([z.string().regex(/^\d{1,20}$/), z.number().int().nonnegative()])
  .transform(value => Number(value));

/** @param length in hexadecimal digits */
export const hexId = (length: number) =>
  z
    .union([z.instanceof(Buffer).transform(bytes => bytes.toString('hex')), z.string()])
    .transform(text => text.toLowerCase())
    .refine(text => new RegExp(`^[0-9a-f]{${length}}$`).test(text) && !/^0+$/.test(text));

const maxDepth = 10;

/** The value in an AnyValue; undefined for one that is not valid or nests too deeply. */
export function plainValue(value: unknown, depth = 0): unknown {
  if (typeof value !== 'object' || value === null || depth > maxDepth) return undefined;
  const any = value as Record<string, unknown>;
  if (typeof any['stringValue'] === 'string') return any['stringValue'];
  if (typeof any['boolValue'] === 'boolean') return any['boolValue'];
  if (any['intValue'] !== undefined) return Number(any['intValue']);
  if (any['doubleValue'] !== undefined) return Number(any['doubleValue']);
  const bytes = any['bytesValue'];
  if (bytes !== undefined) return Buffer.isBuffer(bytes) ? bytes.toString('base64') : bytes;
  const list = (any['arrayValue'] as { values?: unknown } | undefined)?.values;
  if (Array.isArray(list)) return list.map(item => plainValue(item, depth + 1) ?? null);
  const pairs = (any['kvlistValue'] as { values?: unknown } | undefined)?.values;
  return Array.isArray(pairs) ? plainObject(pairs, depth + 1) : undefined;
}

/** The object that a list of KeyValues stands for. */
export function plainObject(pairs: unknown, depth = 0): Record<string, unknown> {
  const entries = Array.isArray(pairs) ? pairs : [];
  return Object.fromEntries(
    entries.flatMap(pair => {
      const { key, value } = (pair ?? {}) as { key?: unknown; value?: unknown };
      const plain = plainValue(value, depth);
      return typeof key === 'string' && plain !== undefined ? [[key, plain]] : [];
    }),
  );
}

/** The name of the service in the attributes of a resource. */
export function serviceOf(resource: unknown): string {
  const name = plainObject((resource as { attributes?: unknown } | undefined)?.attributes)['service.name'];
  return typeof name === 'string' && name !== '' ? name : 'unknown_service';
}
