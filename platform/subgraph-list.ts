import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { projectRoot } from './project-root';

/** A subgraph of rover.yaml. */
export interface ListedSubgraph {
  readonly name: string;
  /** URL of its GraphQL, unless the environment says another. */
  readonly routingUrl: string;
  /** The port in `routingUrl`; undefined when it names none. */
  readonly port: number | undefined;
  /** File of its SDL, from the folder of rover.yaml. */
  readonly schemaFile: string;
  /** The folder of its code in `subgraphs/`; undefined for a foreign subgraph. */
  readonly folder: string | undefined;
}

const rover = z.object({
  federation_version: z.union([z.string(), z.number()]),
  subgraphs: z.record(
    z.string().regex(/^[a-z][a-z0-9_-]*$/, 'must be lower-case letters, digits, _ and -'),
    z.object({ routing_url: z.url(), schema: z.object({ file: z.string() }) }),
  ),
});

/** The subgraphs of rover.yaml, in its order. @throws Error that names every mistake in the file */
export function listSubgraphs(root = projectRoot()): ListedSubgraph[] {
  const read = rover.safeParse(parse(readFileSync(join(root, 'rover.yaml'), 'utf8')));
  if (!read.success) {
    const mistakes = read.error.issues.map(issue => `  ${issue.path.join('.')}: ${issue.message}`);
    throw new Error(`rover.yaml is not a list of subgraphs:\n${mistakes.join('\n')}`);
  }
  return Object.entries(read.data.subgraphs).map(([name, { routing_url, schema }]) => {
    const { port } = new URL(routing_url);
    const folder = join(__dirname, '..', 'subgraphs', name);
    return {
      name,
      routingUrl: routing_url,
      port: port === '' ? undefined : Number(port),
      schemaFile: schema.file,
      folder: existsSync(folder) ? folder : undefined,
    };
  });
}

/** The beginning of the names of a service's variables: `ORDER_ITEMS` for `order-items`. */
export function variablePrefix(service: string): string {
  return service.toUpperCase().replaceAll('-', '_');
}
