import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import type { RestRoute, StreamRoute } from '../../platform/graphql/rest-table';

const rows = z.array(
  z.object({
    method: z.enum(['GET', 'POST', 'PUT', 'PATCH', 'DELETE']),
    path: z.string().startsWith('/'),
    summary: z.string(),
    operation: z.string(),
    success: z.number().int(),
    pluck: z.record(z.string(), z.string()).exactOptional(),
    etag: z.string().exactOptional(),
    single: z.boolean().exactOptional(),
    headers: z.record(z.string(), z.string()).exactOptional(),
    unless: z
      .object({ field: z.string(), status: z.number().int(), codeField: z.string(), message: z.string() })
      .exactOptional(),
  }),
);

const schema = z.record(z.string(), z.unknown());

const streams = z.array(
  z.object({
    method: z.enum(['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS']),
    path: z.string().startsWith('/'),
    service: z.string(),
    target: z.string().startsWith('/').exactOptional(),
    summary: z.string(),
    openApi: z
      .object({
        operationId: z.string(),
        query: z.record(z.string(), schema).exactOptional(),
        request: z.object({ type: z.string(), schema }).exactOptional(),
        response: z.object({ status: z.number().int(), type: z.string(), schema: schema.exactOptional() }),
      })
      .exactOptional(),
  }),
);

/** The REST routes that `npm run schema` wrote beside the supergraph; a supergraph of another kind has none. */
export function readRestTable(supergraphFile: string): RestRoute[] {
  return readRestRows(join(dirname(supergraphFile), 'rest.json'));
}

/** The rows of one file; none when there is no such file. */
export function readRestRows(file: string): RestRoute[] {
  return read(file, rows);
}

/** The routes that one service answers with bytes, written there too. */
export function readStreamTable(supergraphFile: string): StreamRoute[] {
  return read(join(dirname(supergraphFile), 'streams.json'), streams);
}

function read<T>(file: string, table: z.ZodType<T[]>): T[] {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
  const parsed = table.safeParse(JSON.parse(text));
  if (!parsed.success) throw new Error(`${file} is not a table of routes: ${z.prettifyError(parsed.error)}`);
  return parsed.data;
}
