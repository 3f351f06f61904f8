import { readdirSync, readFileSync, statSync } from 'node:fs';
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

/** The rooms a file reaches into: the first folders of what it imports. */
function imports(file: string): string[] {
  const text = readFileSync(join(root, file), 'utf8');
  return [...text.matchAll(/(?:from|import|require)\s*\(?\s*'(\.[^']*)'/g)].map(match =>
    relative(root, resolve(root, dirname(file), match[1]!)),
  );
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
function room(path: string): string {
  const parts = path.split(sep);
  return parts[0] === 'subgraphs' ? parts.slice(0, 2).join('/') : parts[0]!;
}

const allowed = (from: string): readonly string[] => {
  if (from === 'platform') return [];
  if (from === 'supergraph') return ['platform', 'schema'];
  if (from.startsWith('subgraphs/')) return ['platform'];
  return [];
};

describe('the house', () => {
  const files = ['platform', 'supergraph', 'subgraphs'].flatMap(sources);

  it('lets each room import only what it stands on', () => {
    const wrong = files.flatMap(file =>
      imports(file)
        .filter(target => room(target) !== room(file) && !allowed(room(file)).includes(room(target)))
        .map(target => `${file} imports ${target}`),
    );
    expect(wrong).toEqual([]);
  });

  it('lets stories knock at the front door only', () => {
    const wrong = sources('e2e').flatMap(file =>
      imports(file)
        .filter(target => room(target) !== 'e2e')
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
