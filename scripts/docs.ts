import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Setting } from '../platform/config';
import { projectRoot } from '../platform/project-root';
import { errorTable } from './error-catalogue';
import { loadServices } from './services';

interface Section {
  readonly title: string;
  readonly rows: readonly { readonly setting: Setting<unknown>; readonly readBy: readonly string[] }[];
}

/** Every setting once: those of all servers, those of several, then those of one. */
function sections(): Section[] {
  const rows = new Map<string, { setting: Setting<unknown>; readBy: string[] }>();
  const servers = loadServices();
  for (const { name: server, settings } of servers) {
    for (const setting of Object.values(settings)) {
      const row = rows.get(setting.variable) ?? { setting, readBy: [] };
      if (!row.readBy.includes(server)) row.readBy.push(server);
      rows.set(setting.variable, row);
    }
  }
  const names = servers.map(({ name }) => name);
  const titleOf = (readBy: readonly string[]): string => {
    if (readBy.length === names.length) return 'All servers';
    return readBy.length > 1 ? 'Several servers' : `${readBy[0]![0]!.toUpperCase()}${readBy[0]!.slice(1)}`;
  };
  const sorted = [...rows.values()].sort((left, right) =>
    left.setting.variable.localeCompare(right.setting.variable),
  );
  return ['All servers', 'Several servers', ...names.map(name => titleOf([name]))]
    .map(title => ({ title, rows: sorted.filter(row => titleOf(row.readBy) === title) }))
    .filter(section => section.rows.length > 0);
}

const code = (text: string | undefined): string => (text === undefined || text === '' ? '' : `\`${text}\``);

/** The tables of docs/configuration.md. */
export function settingsTables(): string {
  return sections()
    .map(({ title, rows }) => {
      const isShared = title === 'Several servers';
      return [
        `## ${title}\n`,
        isShared ? '| variable | default | read by | meaning |' : '| variable | default | meaning |',
        isShared ? '|---|---|---|---|' : '|---|---|---|',
        ...rows.map(({ setting: { variable, fallback, description }, readBy }) =>
          ['', `\`${variable}\``, code(fallback), ...(isShared ? [readBy.join(', ')] : []), description, '']
            .join(' | ')
            .trim(),
        ),
      ].join('\n');
    })
    .join('\n\n');
}

/** The text of .env.example: every variable as a comment, with its default or an example. */
export function environmentExample(): string {
  const quoted = (text: string) => (/^[\w:/.,*@-]*$/.test(text) ? text : `'${text}'`);
  const blocks = sections().map(({ title, rows }) => {
    const lines = rows.map(
      ({ setting: { variable, description, fallback, example } }) =>
        `# ${description}\n#${variable}=${quoted(fallback || example || '')}`,
    );
    return `## ${title}\n\n${lines.join('\n\n')}\n`;
  });
  return `# Made by npm run docs from the code that reads the variables; docs/configuration.md has the same as tables.
# Use it so: cp .env.example .env, uncomment what you set, then npm start
# Docker Compose takes only ADMIN_EMAIL, ADMIN_PASSWORD and CORS_ORIGINS from .env; the rest is set in docker-compose.yml.

${blocks.join('\n')}`;
}

/** A document with the generated part between its two comments made again. */
function withGenerated(path: string, document: string, name: string, generated: string): string {
  const part = new RegExp(`(<!-- ${name}: npm run docs -->\\n)[\\s\\S]*?(<!-- /${name} -->)`);
  if (!part.test(document)) throw new Error(`${path} has lost the comments around its generated part`);
  return document.replace(part, (_, before: string, after: string) => `${before}\n${generated}\n\n${after}`);
}

/** Every generated document by its path: what is in the file now, and what the code says. */
function documents(): { path: string; present: string; current: string }[] {
  const read = (path: string): string => {
    try {
      return readFileSync(join(projectRoot(), path), 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
      throw error;
    }
  };
  const withPart = (path: string, name: string, generated: string) => {
    const present = read(path);
    return { path, present, current: withGenerated(path, present, name, generated) };
  };
  return [
    withPart('docs/configuration.md', 'settings', settingsTables()),
    withPart('docs/errors.md', 'errors', errorTable()),
    { path: '.env.example', present: read('.env.example'), current: environmentExample() },
  ];
}

function main(args: string[]): number {
  const outdated = documents().filter(({ present, current }) => present !== current);
  if (args.includes('--check')) {
    if (outdated.length === 0) return 0;
    console.error(`${outdated.map(({ path }) => path).join(', ')} not as the code says: run npm run docs`);
    return 1;
  }
  for (const { path, current } of outdated) writeFileSync(join(projectRoot(), path), current);
  return 0;
}

if (require.main === module) process.exitCode = main(process.argv.slice(2));
