import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { buildSchema } from 'graphql';
import { projectRoot } from '../platform/project-root';
import { listSubgraphs } from '../platform/subgraph-list';

const usage = `npm run subgraph:create -- <name> [--noun <noun>]

Writes a small service that works: subgraphs/<name>/ with one table, one GraphQL type and mutation, a field of User, a REST
route and tests; a story in e2e/; its rows of the permission matrix; its entries in rover.yaml and docker-compose.yml.

  <name>         lower-case letters and digits, in the plural, such as products
  --noun <noun>  one of them, such as product; needed when <name> does not end in s`;

/** Names that something else has: servers, paths of the gateway, and words that cannot name a variable. */
const reserved = new Set(
  'admin all api class default docs export exports function gateway graphql health import imports metrics module new openapi package platform plinth public require schema shared supergraph this'.split(
    ' ',
  ),
);

export interface SubgraphNames {
  readonly name: string;
  readonly noun: string;
}

/** Checks the names against the project. @throws Error in one sentence */
export function checkNames(root: string, name: string, givenNoun: string | undefined): SubgraphNames {
  if (!/^[a-z][a-z0-9]{1,29}$/.test(name)) {
    throw new Error(`"${name}" is not a name of 2 to 30 lower-case letters and digits, such as products`);
  }
  if (reserved.has(name)) throw new Error(`"${name}" is reserved: choose another name`);
  if (listSubgraphs(root).some(listed => listed.name === name)) {
    throw new Error(`rover.yaml lists ${name} already`);
  }
  const noun = givenNoun ?? singular(name);
  if (noun === undefined)
    throw new Error(`"${name}" does not end in s: add --noun and what one of them is called`);
  if (!/^[a-z][a-z0-9]{1,29}$/.test(noun) || noun === name || reserved.has(noun)) {
    throw new Error(
      `"${noun}" cannot be the noun: it must be lower-case letters and digits, and not the name itself`,
    );
  }
  for (const path of [`subgraphs/${name}`, `e2e/${name}.test.ts`]) {
    if (existsSync(join(root, path))) throw new Error(`${path} exists already`);
  }
  const api = buildSchema(readFileSync(join(root, 'schema', 'api.graphql'), 'utf8'));
  const type = capitalised(noun);
  const taken = [
    ...(api.getType(type) === undefined ? [] : [`the type ${type}`]),
    ...(api.getQueryType()?.getFields()[noun] === undefined ? [] : [`the query ${noun}`]),
    ...(api.getMutationType()?.getFields()[`create${type}`] === undefined
      ? []
      : [`the mutation create${type}`]),
  ];
  if (taken.length > 0)
    throw new Error(`The graph has ${taken.join(' and ')} already: choose another --noun`);
  return { name, noun };
}

function singular(name: string): string | undefined {
  if (/[^aeiou]ies$/.test(name)) return `${name.slice(0, -3)}y`;
  if (/(ss|x|ch|sh)es$/.test(name)) return name.slice(0, -2);
  return /[^s]s$/.test(name) ? name.slice(0, -1) : undefined;
}

const capitalised = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1);

/** Puts the names in the place of `samples` and `sample`, and the time in the place of that of the template's migration. */
function filledIn(text: string, { name, noun }: SubgraphNames, now: number): string {
  const article = /^[aeiou]/.test(noun) ? 'n' : '';
  const words: Record<string, string> = {
    SAMPLE: noun.toUpperCase(),
    Samples: capitalised(name),
    samples: name,
    Sample: capitalised(noun),
    sample: noun,
  };
  return text
    .replace(/\b([Aa]) (?=sample\b)/g, `$1${article} `)
    .replace(/SAMPLE|[Ss]amples|[Ss]ample/g, word => words[word]!)
    .replaceAll('1700000000000', String(now));
}

/** The files of the template, from its folder. */
function templateFiles(folder: string, below = ''): string[] {
  return readdirSync(join(folder, below), { withFileTypes: true }).flatMap(entry => {
    const path = join(below, entry.name);
    return entry.isDirectory() ? templateFiles(folder, path) : [path];
  });
}

/** Writes the service. @returns the paths it wrote, from the root. @throws Error in one sentence, before it writes */
export function createSubgraph(root: string, names: SubgraphNames, now: number): string[] {
  const { name } = names;
  const template = join(projectRoot(), 'scripts', 'subgraph-template');
  const textOf = (path: string) => filledIn(readFileSync(join(template, path), 'utf8'), names, now);
  const port = 1 + Math.max(8000, ...listSubgraphs(root).map(listed => listed.port ?? 0));
  const present = (path: string) => readFileSync(join(root, path), 'utf8');
  const files = new Map<string, string>();
  for (const path of templateFiles(template)) {
    if (path.endsWith('.ts')) files.set(join('subgraphs', name, filledIn(path, names, now)), textOf(path));
  }
  files.set(join('e2e', `${name}.test.ts`), textOf('samples.story.ts.template'));
  files.set(join('e2e', 'permissions', `${name}.permissions.ts`), textOf('samples.permissions.ts.template'));
  files.set(
    'rover.yaml',
    `${present('rover.yaml').trimEnd()}
  ${name}:
    routing_url: http://127.0.0.1:${port}/graphql
    schema:
      file: ./schema/${name}.graphql
`,
  );
  files.set('docker-compose.yml', withService(present('docker-compose.yml'), name, port));
  for (const [path, text] of files) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  // Other names sort differently in import lists, and some lines become short enough to join.
  const sources = [...files.keys()].filter(path => path.endsWith('.ts'));
  const biome = join(projectRoot(), 'node_modules', '.bin', 'biome');
  spawnSync(biome, ['check', '--write', ...sources], { cwd: root });
  return [...files.keys()];
}

/** Compose's file with one more service, and its URL for the others. */
function withService(compose: string, name: string, port: number): string {
  const urls = [...compose.matchAll(/^ +[A-Z]+_URL: http:\/\/[a-z0-9]+:\d+\n/gm)].at(-1);
  const end = compose.search(/^volumes:/m);
  if (urls === undefined || end < urls.index) {
    throw new Error('docker-compose.yml has no list of URLs and services to add to');
  }
  const at = urls.index + urls[0].length;
  const indent = /^ +/.exec(urls[0])![0];
  return `${compose.slice(0, at)}${indent}${name.toUpperCase()}_URL: http://${name}:${port}
${compose.slice(at, end)}  ${name}:
    <<: *service
    command: node dist/subgraphs/${name}/main.js
    healthcheck:
      <<: *health
      test: [CMD, node, deploy/healthcheck.js, "${port}"]

${compose.slice(end)}`;
}

function main(args: string[]): number {
  if (args.includes('--help') || args.includes('-h')) {
    console.log(usage);
    return 0;
  }
  const at = args.indexOf('--noun');
  const noun = at === -1 ? undefined : args[at + 1];
  const [name, ...rest] = at === -1 ? args : args.toSpliced(at, 2);
  if (name === undefined || rest.length > 0 || (at !== -1 && noun === undefined)) {
    console.error(usage);
    return 2;
  }
  const root = projectRoot();
  try {
    const files = createSubgraph(root, checkNames(root, name, noun), Date.now());
    console.log(`Created the ${name} service:\n\n${files.map(path => `  ${path}`).join('\n')}

Next:
  npm run schema && npm run codegen && npm run docs   # generate the schema, typed documents and tables
  npm start                                           # all servers, ${name} among them
  npx jest subgraphs/${name}
  npm run test:e2e -- ${name}

docs/writing-a-service.md says what to change first.`);
    return 0;
  } catch (error) {
    console.error(error instanceof Error ? error.message : String(error));
    return 1;
  }
}

if (require.main === module) process.exitCode = main(process.argv.slice(2));
