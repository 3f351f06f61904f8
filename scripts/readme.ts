import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Settings } from '../platform/config';
import { projectRoot } from '../platform/project-root';
import { authSettings } from '../subgraphs/auth/config';
import { filesSettings } from '../subgraphs/files/config';
import { monitoringSettings } from '../subgraphs/monitoring/config';
import { notificationsSettings } from '../subgraphs/notifications/config';
import { usersSettings } from '../subgraphs/users/config';
import { gatewaySettings } from '../supergraph/config';

const servers: Record<string, Settings> = {
  gateway: gatewaySettings,
  auth: authSettings,
  users: usersSettings,
  notifications: notificationsSettings,
  files: filesSettings,
  monitoring: monitoringSettings,
};

/** The table of every variable, from the code that reads them. */
export function settingsTable(): string {
  const rows = new Map<string, { used: string[]; fallback: string; description: string }>();
  for (const [server, settings] of Object.entries(servers)) {
    for (const { variable, fallback, description } of Object.values(settings)) {
      const row = rows.get(variable) ?? { used: [], fallback: fallback ?? '', description };
      if (!row.used.includes(server)) row.used.push(server);
      rows.set(variable, row);
    }
  }
  const count = Object.keys(servers).length;
  return [
    '| variable | default | read by | what it is |',
    '|---|---|---|---|',
    ...[...rows]
      .sort(([left], [right]) => left.localeCompare(right))
      .map(([variable, { used, fallback, description }]) => {
        const by = used.length === count ? 'all' : used.join(', ');
        return `| \`${variable}\` | ${fallback === '' ? '' : `\`${fallback}\``} | ${by} | ${description} |`;
      }),
  ].join('\n');
}

const section = /(<!-- settings -->\n)[\s\S]*?(\n<!-- \/settings -->)/;

function main(args: string[]): number {
  const path = join(projectRoot(), 'README.md');
  const text = readFileSync(path, 'utf8');
  if (!section.test(text)) throw new Error('README.md has lost the marks around its table of settings');
  const current = text.replace(
    section,
    (_, before: string, after: string) => before + settingsTable() + after,
  );
  if (args.includes('--check')) {
    if (current === text) return 0;
    console.error("README.md's table of settings is not what the code reads: run npm run readme");
    return 1;
  }
  writeFileSync(path, current);
  return 0;
}

if (require.main === module) process.exitCode = main(process.argv.slice(2));
