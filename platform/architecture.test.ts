import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';

const root = join(__dirname, '..');

function sources(folder: string): string[] {
  return readdirSync(join(root, folder)).flatMap(name => {
    const path = join(folder, name);
    if (name === 'node_modules' || name === 'graphql.ts') return [];
    if (statSync(join(root, path)).isDirectory()) return sources(path);
    return path.endsWith('.ts') ? [path] : [];
  });
}

/** The files of ours that a file imports. */
function imports(file: string): string[] {
  const text = readFileSync(join(root, file), 'utf8');
  return [...text.matchAll(/(?:from|import|require)\s*\(?\s*'(\.[^']*)'/g)].map(match =>
    relative(root, resolve(root, dirname(file), match[1]!)),
  );
}

/** The source file of an import, which may name a folder. */
function sourceOf(target: string): string {
  const file = `${target}.ts`;
  return existsSync(join(root, file)) ? file : join(target, 'index.ts');
}

/** What is loaded with a file, as npm packages and files of ours: what is a type only, or required inside of a function, is not. */
function loadedWith(entry: string, seen = new Set<string>()): Set<string> {
  if (seen.has(entry)) return seen;
  seen.add(entry);
  const text = readFileSync(join(root, entry), 'utf8');
  for (const [, clause, target] of text.matchAll(/^(?:import|export) ([^;]*?) ?from '([^']+)';/gm)) {
    if (clause!.startsWith('type ')) continue;
    if (!target!.startsWith('.')) seen.add(target!);
    else loadedWith(relative(root, `${resolve(root, dirname(entry), target!)}.ts`), seen);
  }
  return seen;
}

/** `platform`, `supergraph`, `subgraphs/auth` … */
function packageOf(path: string): string {
  const parts = path.split(sep);
  return parts[0] === 'subgraphs' ? parts.slice(0, 2).join('/') : parts[0]!;
}

/** The import rules inside a package: which folders each folder may import, and which files of the package itself. */
interface Layers {
  readonly folders: Readonly<Record<string, readonly string[]>>;
  /** The files of the package itself that its folders may import. They import no folder. */
  readonly base: readonly string[];
}

const layers: Readonly<Record<string, Layers>> = {
  platform: {
    folders: {
      observability: [],
      http: ['observability'],
      database: ['observability'],
      events: ['observability', 'database'],
      registry: ['observability', 'events', 'http'],
      security: ['observability', 'events'],
      graphql: ['observability', 'http', 'events', 'database'],
      subscriptions: ['observability', 'http', 'security', 'graphql'],
    },
    base: [
      'errors',
      'clock',
      'ids',
      'config',
      'project-root',
      'subgraph-list',
      'json',
      'timeout',
      'shared-run',
      'private-files',
    ],
  },
  supergraph: {
    folders: {
      schema: [],
      transport: [],
      traffic: ['transport'],
      discovery: ['schema', 'traffic', 'transport'],
      workers: [],
      rest: [],
      planning: ['schema'],
      operations: ['schema'],
      execution: ['schema', 'operations', 'planning', 'transport', 'traffic'],
      stock: ['schema', 'operations', 'transport', 'traffic'],
      http: ['operations', 'traffic'],
      subscriptions: ['execution', 'http', 'operations', 'traffic'],
    },
    base: ['errors', 'request-error', 'supergraph-executor'],
  },
};

function folderOf(file: string): string | undefined {
  const [, folder, name] = file.split(sep);
  return name === undefined ? undefined : folder;
}

/** A subgraph's domain is every file in it or in its folders by subject, apart from tables, wiring and the edges named here. */
function isDomain(file: string): boolean {
  return (
    /^subgraphs\//.test(file) &&
    !/^subgraphs\/[^/]+\/(graphql|http|migrations|tables|testing)\//.test(file) &&
    !/^subgraphs\/[^/]+\/(main|config|rest|loaders|tables|service-commands|create-administrator)\.ts$|\.test\.ts$/.test(
      file,
    )
  );
}

const allowed = (from: string): readonly string[] => {
  if (from === 'platform') return [];
  if (from === 'supergraph') return ['platform', 'schema'];
  if (from.startsWith('subgraphs/')) return ['platform'];
  return [];
};

describe('the architecture', () => {
  const files = ['platform', 'supergraph', 'subgraphs'].flatMap(sources);

  it('lets each package import only the packages below it', () => {
    const wrong = files.flatMap(file =>
      imports(file)
        .filter(
          target =>
            packageOf(target) !== packageOf(file) && !allowed(packageOf(file)).includes(packageOf(target)),
        )
        .map(target => `${file} imports ${target}`),
    );
    expect(wrong).toEqual([]);
  });

  it.each(Object.entries(layers))(
    'lets each folder of %s import only the folders below it',
    (name, { folders, base }) => {
      const wrong = sources(name)
        .filter(file => !/\.test\.ts$|\/testing\//.test(file))
        .flatMap(file => {
          const folder = folderOf(file);
          const isBase = base.includes(file.split(sep)[1]!.replace(/\.ts$/, ''));
          if (folder === undefined && !isBase) return [];
          return imports(file)
            .filter(target => packageOf(target) === name)
            .filter(target => {
              const other = folderOf(target);
              if (other === undefined) return !base.includes(target.split(sep)[1]!);
              return other !== folder && !(folders[folder ?? ''] ?? []).includes(other);
            })
            .map(target => `${file} imports ${target}`);
        });
      expect(wrong).toEqual([]);
    },
  );

  it('has no circular imports', () => {
    const importsOf = new Map(files.map(file => [file, imports(file).map(sourceOf)]));
    const circles: string[] = [];
    const done = new Set<string>();
    const visit = (file: string, path: readonly string[]): void => {
      if (path.includes(file)) circles.push([...path.slice(path.indexOf(file)), file].join(' → '));
      if (path.includes(file) || done.has(file)) return;
      for (const target of importsOf.get(file) ?? []) visit(target, [...path, file]);
      done.add(file);
    };
    for (const file of files) visit(file, []);
    expect(circles).toEqual([]);
  });

  it('lets stories use Plinth from outside only: they import nothing of it but the test kit', () => {
    const wrong = sources('e2e').flatMap(file =>
      imports(file)
        .filter(target => packageOf(target) !== 'e2e' && !target.startsWith('platform/testing/'))
        .map(target => `${file} imports ${target}`),
    );
    expect(wrong).toEqual([]);
  });

  it('keeps GraphQL and HTTP out of the domain', () => {
    const wrong = files.filter(isDomain).flatMap(file => {
      const text = readFileSync(join(root, file), 'utf8');
      const packages = [...text.matchAll(/from '(type-graphql|graphql|node:http)'/g)].map(match => match[1]!);
      const ours = imports(file).filter(target =>
        /^subgraphs\/[^/]+\/(graphql|main|rest)(\/|$)|^platform\/graphql\/|^platform\/http\/(?!client-address$)/.test(
          target,
        ),
      );
      return [...packages, ...ours].map(target => `${file} imports ${target}`);
    });
    expect(wrong).toEqual([]);
  });

  it('lets the tables of a subgraph import no other part of it', () => {
    const wrong = files
      .filter(file => /^subgraphs\/[^/]+\/tables(\/|\.ts$)/.test(file))
      .flatMap(file =>
        imports(file)
          .filter(target => !/^platform\/database\/|^subgraphs\/[^/]+\/tables\//.test(target))
          .map(target => `${file} imports ${target}`),
      );
    expect(wrong).toEqual([]);
  });

  it('reads the environment in config files only', () => {
    const wrong = files
      .filter(file => !/(^|\/)config\.ts$|\.test\.ts$|\/testing\//.test(file))
      .filter(file =>
        /process\.env/.test(readFileSync(join(root, file), 'utf8').replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, '')),
      );
    expect(wrong).toEqual([]);
  });

  it('starts a gateway without what only services and the stock gateway use', () => {
    const loaded = [...loadedWith('supergraph/main.ts')];
    expect(loaded).toContain('graphql');
    expect(
      loaded.filter(name =>
        /^(@apollo\/|@graphql-tools\/|type-graphql|typeorm|better-sqlite3|libsql)/.test(name),
      ),
    ).toEqual([]);
  });

  it('has no file named for nothing', () => {
    expect(files.filter(file => /(utils?|helpers?|common|misc)\.ts$/.test(file))).toEqual([]);
  });
});
