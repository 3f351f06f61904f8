import { silentLogger } from '../../platform/observability/logger';
import { RedisRegistry } from '../../platform/registry/redis-registry';
import { keepRegistered } from '../../platform/registry/registration';

/** Registers an instance of each service, as the services do. @returns leaves the registry */
export function registerAll(redisUrl: string, urls: Readonly<Record<string, string>>): () => Promise<void> {
  const registry = new RedisRegistry(redisUrl, silentLogger);
  const leaves = Object.entries(urls).map(([name, url]) => {
    const facts = { version: '1', schemaHash: name, zone: '', registeredAt: Date.now(), isProbed: false };
    return keepRegistered(registry, { id: name, name, url, ...facts }, '', silentLogger);
  });
  return async () => {
    await Promise.all(leaves.map(leave => leave()));
    await registry.close();
  };
}
