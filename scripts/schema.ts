import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { composeServices } from '@apollo/composition';
import { ROUTER_SUPPORTED_SUPERGRAPH_FEATURES, Supergraph } from '@apollo/federation-internals';
import { parse, printSchema } from 'graphql';
import type { RestRoute, StreamRoute } from '../platform/graphql/rest-table';
import { type Subgraph, subgraphSdl } from '../platform/graphql/subgraph-schema';
import { projectRoot } from '../platform/project-root';
import { type ListedSubgraph, listSubgraphs } from '../platform/subgraph-list';
import { gatewaySdl, gatewaySubgraph, gatewaySubgraphUrl } from '../supergraph/discovery/gateway-schema';
import { readRestRows } from '../supergraph/rest/table';
import { errorsJson } from './error-catalogue';

const usage = `npm run schema [-- --check] [--root <folder>]

Writes schema/: the SDL of each subgraph that has a folder in subgraphs/, the supergraph of all of rover.yaml
(supergraph.graphql), the schema that clients see (api.graphql), the table of REST routes (rest.json) and of those that
stream bytes (streams.json), and the errors of all servers (errors.json).

  --check   writes nothing; fails when what is committed is not what the code declares
  --root    the folder of rover.yaml and schema/, instead of the project's`;

interface Declarations {
  graphql: { subgraph(domain: unknown): Subgraph<never> };
  rest: readonly RestRoute[];
  streams: readonly StreamRoute[];
}

/** The declarations of a subgraph with code, from the build beside this script. Constructors only store, so nothing is opened. */
function declarationsOf(folder: string): Declarations {
  const file = join(folder, 'rest');
  const { rest = [], streams = [] } =
    existsSync(`${file}.js`) || existsSync(`${file}.ts`) ? (require(file) as Partial<Declarations>) : {};
  return { graphql: require(join(folder, 'graphql')) as Declarations['graphql'], rest, streams };
}

/** A foreign subgraph: the SDL that its entry names, and its REST rows, which are beside it in a file that ends in `.rest.json`. */
function foreignSubgraph(root: string, { name, schemaFile }: ListedSubgraph) {
  const sdl = read(join(root, schemaFile));
  if (sdl === undefined) {
    throw new Error(
      `rover.yaml lists ${name}: there is neither a folder subgraphs/${name} nor a file ${schemaFile}`,
    );
  }
  return { sdl, rest: readRestRows(join(root, schemaFile.replace(/\.graphqls?$/, '.rest.json'))) };
}

/** Every file of schema/, by its path from the project's root. @throws Error with what does not compose, one a line */
export async function schemaFiles(root: string): Promise<Map<string, string>> {
  const files = new Map<string, string>();
  const services: { name: string; url: string; typeDefs: ReturnType<typeof parse> }[] = [];
  const routes: RestRoute[] = [];
  const streams: StreamRoute[] = [];
  for (const listed of listSubgraphs(root)) {
    const { name, routingUrl: url, schemaFile, folder } = listed;
    if (folder === undefined) {
      const { sdl, rest } = foreignSubgraph(root, listed);
      services.push({ name, url, typeDefs: parse(sdl) });
      routes.push(...rest);
      continue;
    }
    const declarations = declarationsOf(folder);
    const sdl = await subgraphSdl(declarations.graphql.subgraph({}));
    files.set(join(schemaFile), sdl);
    services.push({ name, url, typeDefs: parse(sdl) });
    routes.push(...declarations.rest);
    streams.push(...declarations.streams);
  }
  // The gateway's own part is no service of rover.yaml: it runs in the gateway.
  files.set(join('schema', `${gatewaySubgraph}.graphql`), gatewaySdl);
  services.push({ name: gatewaySubgraph, url: gatewaySubgraphUrl, typeDefs: parse(gatewaySdl) });
  const { errors, supergraphSdl } = composeServices(services);
  if (errors !== undefined && errors.length > 0) {
    throw new Error(`The subgraphs do not compose:\n${errors.map(error => `  ${error.message}`).join('\n')}`);
  }
  if (supergraphSdl === undefined) throw new Error('Composition gave neither a supergraph nor an error');
  files.set(join('schema', 'supergraph.graphql'), `${supergraphSdl.trimEnd()}\n`);
  // Access directives are among what only a router is expected to know.
  const supportedFeatures = ROUTER_SUPPORTED_SUPERGRAPH_FEATURES;
  const api = Supergraph.build(supergraphSdl, { supportedFeatures }).apiSchema().toGraphQLJSSchema();
  files.set(join('schema', 'api.graphql'), `${printSchema(api)}\n`);
  files.set(join('schema', 'rest.json'), `${JSON.stringify(routes, null, 2)}\n`);
  files.set(join('schema', 'streams.json'), `${JSON.stringify(streams, null, 2)}\n`);
  files.set(join('schema', 'errors.json'), errorsJson());
  return files;
}

async function main(args: string[]): Promise<number> {
  const at = args.indexOf('--root');
  const folder = at === -1 ? projectRoot() : args[at + 1];
  const others = at === -1 ? args : args.toSpliced(at, 2);
  const unknown = others.filter(arg => !['--check', '--help', '-h'].includes(arg));
  if (folder === undefined) unknown.push('--root');
  if (unknown.length > 0 || args.includes('--help') || args.includes('-h')) {
    console.log(usage);
    return unknown.length > 0 ? 2 : 0;
  }
  const root = resolve(folder!);
  const files = await schemaFiles(root);
  if (args.includes('--check')) {
    const old = [...files].filter(([path, text]) => read(join(root, path)) !== text).map(([path]) => path);
    if (old.length === 0) return 0;
    console.error(
      `Not what the code declares: ${old.join(', ')}. Run npm run schema and commit what it writes.`,
    );
    return 1;
  }
  mkdirSync(join(root, 'schema'), { recursive: true });
  for (const [path, text] of files) writeFileSync(join(root, path), text);
  console.log(`Wrote ${[...files.keys()].join(', ')}`);
  return 0;
}

function read(path: string): string | undefined {
  return existsSync(path) ? readFileSync(path, 'utf8') : undefined;
}

if (require.main === module) {
  main(process.argv.slice(2)).then(
    code => {
      process.exitCode = code;
    },
    (error: unknown) => {
      console.error(error instanceof Error ? error.message : error);
      process.exitCode = 1;
    },
  );
}
