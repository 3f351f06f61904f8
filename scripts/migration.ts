import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const usage = `npm run migration:create -- <service> <name>

Writes subgraphs/<service>/migrations/<time>-<name>.ts and adds it to the list in index.ts beside it.

  <service>  a folder of subgraphs/, such as auth
  <name>     what it does, in kebab-case, such as add-last-login

Edit the new file, then start the service: migrations run at start, each in a transaction.`;

/** @throws Error in one sentence, before anything is written */
export function createMigration(root: string, service: string, name: string, now: number): string {
  const folder = join(root, 'subgraphs', service);
  if (!/^[a-z][a-z0-9-]*$/.test(service) || !existsSync(folder)) {
    throw new Error(`There is no subgraph "${service}": subgraphs/${service} does not exist`);
  }
  if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(name)) {
    throw new Error(`"${name}" is not a name in kebab-case, such as add-last-login`);
  }
  const className =
    name
      .split('-')
      .map(word => word.charAt(0).toUpperCase() + word.slice(1))
      .join('') + now;
  const migrations = join(folder, 'migrations');
  const index = join(migrations, 'index.ts');
  const list = existsSync(index) ? readFileSync(index, 'utf8') : emptyList;
  const end = /(export const migrations: MigrationClass\[\] = \[)([^\]]*)\];/;
  if (!end.test(list)) {
    throw new Error(
      `subgraphs/${service}/migrations/index.ts has no "export const migrations: MigrationClass[] = [...];"`,
    );
  }
  if (new RegExp(`\\b${className.slice(0, -String(now).length)}\\d{13}\\b`).test(list)) {
    throw new Error(`The ${service} service already has a migration named ${name}`);
  }
  const file = `${now}-${name}`;
  mkdirSync(migrations, { recursive: true });
  writeFileSync(join(migrations, `${file}.ts`), template(className), { flag: 'wx' });
  const imported = `import { ${className} } from './${file}';\n`;
  const lastImport = [...list.matchAll(/^import .*;\n/gm)].at(-1);
  const at = lastImport === undefined ? 0 : lastImport.index + lastImport[0].length;
  const withImport = list.slice(0, at) + imported + list.slice(at);
  const withEntry = withImport.replace(end, (_, start: string, entries: string) => {
    const names = entries
      .split(',')
      .map(entry => entry.trim())
      .filter(entry => entry !== '');
    const all = [...names, className];
    const line = `${start}${all.join(', ')}];`;
    return line.length <= 110 ? line : `${start}\n${all.map(each => `  ${each},\n`).join('')}];`;
  });
  writeFileSync(index, withEntry);
  return join('subgraphs', service, 'migrations', `${file}.ts`);
}

const emptyList = `import type { MigrationClass } from '../../../platform/database';

/** In the order they run; what has been released is never edited. */
export const migrations: MigrationClass[] = [];
`;

function template(className: string): string {
  return `import { columnsFor, Migration, type QueryRunner, Table } from '../../../platform/migration';

/** Say why the schema changes, and what the previous release does with it. */
export class ${className} extends Migration {
  async up(runner: QueryRunner): Promise<void> {
    const { id, text, instant } = columnsFor(runner);
    await runner.createTable(
      new Table({ name: 'things', columns: [id(), text('name'), instant('created_at')] }),
    );
  }
}
`;
}

function main(args: string[]): number {
  if (args.includes('--help') || args.includes('-h')) {
    console.log(usage);
    return 0;
  }
  const [service, name, ...rest] = args;
  if (service === undefined || name === undefined || rest.length > 0) {
    console.error(usage);
    return 2;
  }
  try {
    console.log(`Created ${createMigration(process.cwd(), service, name, Date.now())}`);
    return 0;
  } catch (error) {
    console.error(error instanceof Error ? error.message : String(error));
    return 1;
  }
}

if (require.main === module) process.exitCode = main(process.argv.slice(2));
