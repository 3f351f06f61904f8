import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { projectRoot } from '../platform/project-root';
import { checkNames, createSubgraph } from './subgraph-create';

/**
 * `npm run subgraph:check`: creates a service in a copy of the working tree, builds and composes it, runs its tests and its
 * story, and removes the copy.
 */
function main(): number {
  const root = projectRoot();
  const copy = mkdtempSync(join(tmpdir(), 'plinth-subgraph-'));
  try {
    const files = execFileSync('git', ['ls-files', '-co', '--exclude-standard'], {
      cwd: root,
      encoding: 'utf8',
    });
    for (const path of files.trim().split('\n')) {
      if (existsSync(join(root, path))) cpSync(join(root, path), join(copy, path), { recursive: true });
    }
    symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
    const module = (name: string, file: string) =>
      join(dirname(require.resolve(`${name}/package.json`)), file);
    const tsc = module('typescript', 'bin/tsc');
    const jest = module('jest', 'bin/jest.js');
    createSubgraph(copy, checkNames(copy, 'parcels', undefined), Date.now());
    const steps: string[][] = [
      [tsc, '--project', 'tsconfig.build.json'],
      ['dist/scripts/schema.js'],
      ['dist/scripts/docs.js'],
      [tsc, '--noEmit'],
      [module('@biomejs/biome', 'bin/biome'), 'check', '--error-on-warnings', 'subgraphs/parcels', 'e2e'],
      [jest, 'subgraphs/parcels', 'platform/architecture'],
      [
        jest,
        '--config',
        'jest.e2e.config.js',
        'e2e/(parcels|access|permissions)',
        '-t',
        '[Pp]arcel|has a row',
      ],
    ];
    for (const step of steps) {
      const started = Date.now();
      const { status, stdout, stderr } = spawnSync(process.execPath, step, { cwd: copy, encoding: 'utf8' });
      const title = step.map(part => part.replace(`${root}/`, '')).join(' ');
      console.log(
        `${status === 0 ? 'passed' : 'FAILED'} in ${((Date.now() - started) / 1000).toFixed(1)} s: ${title}`,
      );
      if (status !== 0) {
        console.error(`${stdout}\n${stderr}`);
        return 1;
      }
    }
    return 0;
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}

process.exitCode = main();
