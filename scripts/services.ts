import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { configuredSubgraphs } from '../platform/common-settings';
import { ConfigError } from '../platform/config';
import type { ServiceModule } from '../platform/process';

/** The names of all servers: the gateway, then the subgraphs of rover.yaml whose code is in `subgraphs/`. */
export function serviceNames(): string[] {
  return [
    'gateway',
    ...configuredSubgraphs().flatMap(({ name, folder }) => (folder === undefined ? [] : [name])),
  ];
}

/** The server of that name. Its code is loaded here and not before. @throws ConfigError when its main.ts exports no `service` */
export function loadService(name: string): ServiceModule {
  const file = name === 'gateway' ? 'supergraph/main' : `subgraphs/${name}/main`;
  const path = join(__dirname, '..', file);
  const { service } =
    existsSync(`${path}.js`) || existsSync(`${path}.ts`)
      ? (require(path) as { service?: ServiceModule })
      : {};
  if (service?.name !== name) {
    throw new ConfigError([`${file}.ts exports no \`service\` named ${name}: see docs/writing-a-service.md`]);
  }
  return service;
}

export function loadServices(): ServiceModule[] {
  return serviceNames().map(loadService);
}
