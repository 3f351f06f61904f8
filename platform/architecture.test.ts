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

/** Which folders of `platform` each of them may import; the files of `platform` itself may import all. */
const platformFolders: Readonly<Record<string, readonly string[]>> = {
  observability: [],
  http: ['observability'],
  database: ['observability'],
  events: ['observability', 'database'],
  security: ['observability', 'events'],
  graphql: ['observability', 'http', 'events'],
};

/** The files of `platform` itself that its folders may import. They import no folder. */
const platformBase = ['errors', 'clock', 'ids', 'config', 'project-root', 'subgraph-list', 'json', 'timeout'];

function platformFolder(file: string): string | undefined {
  const [, folder, name] = file.split(sep);
  return name === undefined ? undefined : folder;
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

  it('lets each folder of the platform import only the folders below it', () => {
    const wrong = sources('platform')
      .filter(file => !/\.test\.ts$|\/testing\//.test(file))
      .flatMap(file => {
        const folder = platformFolder(file);
        const base = /^platform\/([a-z-]+)\.ts$/.exec(file)?.[1] ?? '';
        if (folder === undefined && !platformBase.includes(base)) return [];
        return imports(file)
          .filter(target => {
            const other = platformFolder(target);
            if (other === undefined) return !platformBase.includes(target.split(sep)[1]!);
            return other !== folder && !(platformFolders[folder ?? ''] ?? []).includes(other);
          })
          .map(target => `${file} imports ${target}`);
      });
    expect(wrong).toEqual([]);
  });

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

  it('lets stories knock at the front door only', () => {
    const wrong = sources('e2e').flatMap(file =>
      imports(file)
        .filter(target => packageOf(target) !== 'e2e')
        .map(target => `${file} imports ${target}`),
    );
    expect(wrong).toEqual([]);
  });

  it('keeps GraphQL and HTTP out of the domain', () => {
    const wrong = files
      .filter(file => /^subgraphs\/[^/]+\/[^/]+\.ts$/.test(file))
      .filter(file => !/\/(main|config|rest|tables)\.ts$|\.test\.ts$|create-administrator/.test(file))
      .filter(file =>
        /from '(type-graphql|graphql|node:http|\.\/graphql[^']*)'/.test(
          readFileSync(join(root, file), 'utf8'),
        ),
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
      loaded.filter(name => /^(@apollo\/|@graphql-tools\/|type-graphql|typeorm|better-sqlite3)/.test(name)),
    ).toEqual([]);
  });

  it('has no file named for nothing', () => {
    expect(files.filter(file => /(utils?|helpers?|common|misc)\.ts$/.test(file))).toEqual([]);
  });
});
