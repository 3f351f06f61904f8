import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { defineErrors, type ErrorDefinition, platformErrors } from '../platform/errors';
import { projectRoot } from '../platform/project-root';
import { gatewayErrors } from '../supergraph/errors';

export interface CatalogueEntry extends ErrorDefinition {
  /** The server that answers with it, or `all`. */
  readonly server: string;
}

type Catalogue = ReturnType<typeof defineErrors>;

/** The catalogue of each package by its server: `platform/errors.ts`, `supergraph/errors.ts`, `subgraphs/<name>/errors.ts`. */
function catalogues(): [server: string, Catalogue][] {
  const services = readdirSync(join(projectRoot(), 'subgraphs'))
    .filter(name => existsSync(join(projectRoot(), 'subgraphs', name, 'errors.ts')))
    .sort();
  return [
    ['all', platformErrors],
    ['gateway', gatewayErrors],
    ...services.map((name): [string, Catalogue] => {
      const exported = require(join(__dirname, '..', 'subgraphs', name, 'errors')) as Record<
        string,
        Catalogue
      >;
      const catalogue = exported[`${name}Errors`];
      if (catalogue === undefined) throw new Error(`subgraphs/${name}/errors.ts has to export ${name}Errors`);
      return [name, catalogue];
    }),
  ];
}

/** All errors, by status and code. @throws Error when two packages declare the same code */
export function errorCatalogue(from = catalogues()): CatalogueEntry[] {
  const found = new Map<string, CatalogueEntry>();
  for (const [server, catalogue] of from) {
    for (const definition of Object.values(catalogue)) {
      const other = found.get(definition.code);
      if (other !== undefined) {
        throw new Error(
          `${definition.code} is declared by ${other.server} and ${server}: declare what they share in platform/errors.ts`,
        );
      }
      found.set(definition.code, { ...definition, server });
    }
  }
  return [...found.values()].sort(
    (left, right) => left.status - right.status || (left.code < right.code ? -1 : 1),
  );
}

/** The table of docs/errors.md. */
export function errorTable(): string {
  return [
    '| code | status | server | meaning | what a client does |',
    '|---|---|---|---|---|',
    ...errorCatalogue().map(
      ({ code, status, server, meaning, action }) =>
        `| \`${code}\` | ${status} | ${server} | ${meaning} | ${action} |`,
    ),
  ].join('\n');
}

/** The text of schema/errors.json. */
export function errorsJson(): string {
  const entries = errorCatalogue().map(({ code, status, server, meaning, action }) => ({
    code,
    status,
    server,
    meaning,
    action,
  }));
  return `${JSON.stringify(entries, null, 2)}\n`;
}
