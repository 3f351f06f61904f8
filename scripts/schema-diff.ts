import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CriticalityLevel, diff } from '@graphql-inspector/core';
import { buildSchema } from 'graphql';
import { projectRoot } from '../platform/project-root';

const usage = `npm run schema:diff [-- --against <commit>] [--allow-breaking]

Lists the changes of schema/api.graphql since a commit (HEAD by default), and those that break clients. Fails on breaking
changes unless they are allowed. Run npm run schema first.`;

async function main(args: string[]): Promise<number> {
  if (args.includes('--help') || args.includes('-h')) {
    console.log(usage);
    return 0;
  }
  const at = args.indexOf('--against');
  const against = at === -1 ? 'HEAD' : args[at + 1];
  if (against === undefined || against.startsWith('-')) {
    console.error(usage);
    return 2;
  }
  const root = projectRoot();
  let before: string;
  try {
    before = execFileSync('git', ['show', `${against}:schema/api.graphql`], {
      cwd: root,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  } catch {
    console.error(`${against} has no schema/api.graphql to compare with`);
    return 1;
  }
  const after = readFileSync(join(root, 'schema', 'api.graphql'), 'utf8');
  const changes = await diff(buildSchema(before), buildSchema(after));
  if (changes.length === 0) console.log(`No change since ${against}`);
  for (const { criticality, message } of changes) console.log(`${criticality.level.padEnd(12)} ${message}`);
  const breaking = changes.filter(change => change.criticality.level === CriticalityLevel.Breaking);
  if (breaking.length === 0 || args.includes('--allow-breaking')) return 0;
  console.error(`${breaking.length} of ${changes.length} changes break clients`);
  return 1;
}

main(process.argv.slice(2)).then(
  code => {
    process.exitCode = code;
  },
  (error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  },
);
