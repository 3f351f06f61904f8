import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../../platform/project-root';

/** The folder of the other gateways, a package of its own. */
export const peers = join(projectRoot(), 'bench', 'gateway', 'peers');

/** Installed where they are not: nobody needs them to work on Plinth. */
export function installPeers(): void {
  if (existsSync(join(peers, 'node_modules', '@graphql-mesh', 'transport-ws'))) return;
  console.error('Installing the peers into bench/gateway/peers/node_modules …');
  execFileSync('npm', ['ci', '--no-audit', '--no-fund', '--ignore-scripts'], {
    cwd: peers,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}
