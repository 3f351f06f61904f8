import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import type { RestRoute } from '../../platform/rest';

const rows = z.array(
  z.object({
    method: z.enum(['GET', 'POST', 'PUT', 'PATCH', 'DELETE']),
    path: z.string().startsWith('/'),
    summary: z.string(),
    operation: z.string(),
    success: z.number().int(),
    pluck: z.record(z.string(), z.string()).exactOptional(),
    unless: z
      .object({ field: z.string(), status: z.number().int(), codeField: z.string(), message: z.string() })
      .exactOptional(),
  }),
);

/** The REST routes that `npm run schema` wrote beside the supergraph; a supergraph of another kind has none. */
export function readRestTable(supergraphFile: string): RestRoute[] {
  const file = join(dirname(supergraphFile), 'rest.json');
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
  const read = rows.safeParse(JSON.parse(text));
  if (!read.success) throw new Error(`${file} is not a table of routes: run npm run schema`);
  return read.data;
}
