import { createHash } from 'node:crypto';
import { networkInterfaces } from 'node:os';
import { hostInUrl } from '../http/url-host';
import type { Logger } from '../observability/logger';
import { type RegisteredInstance, renewalMs, type ServiceRegistry } from './service-registry';

/** The hash that names a schema in the registry. */
export function schemaHashOf(sdl: string): string {
  return createHash('sha256').update(sdl).digest('hex');
}

/**
 * Keeps an instance registered until it leaves. Without Redis it tries again at the next renewal, and the service works without.
 *
 * @returns leaves the registry
 */
export function keepRegistered(
  registry: ServiceRegistry,
  instance: RegisteredInstance,
  sdl: string,
  logger: Logger,
): () => Promise<void> {
  let running: Promise<void> | undefined;
  const renew = (): void => {
    running ??= registry
      .register(instance, sdl)
      .catch(error => logger.debug({ error }, 'the registration could not be renewed'))
      .finally(() => {
        running = undefined;
      });
  };
  renew();
  const timer = setInterval(renew, renewalMs).unref();
  return async () => {
    clearInterval(timer);
    await running;
    await registry
      .leave(instance.id)
      .catch(error => logger.debug({ error }, 'the registration was left to expire'));
  };
}

/** The host by which other machines reach a server that listens on this address: its own, or the first of this machine's. */
export function reachableHost(host: string): string {
  if (host !== '0.0.0.0' && host !== '::') return hostInUrl(host);
  const addresses = Object.values(networkInterfaces()).flatMap(each => each ?? []);
  const outside = addresses.find(({ internal, family }) => !internal && family === 'IPv4');
  return outside?.address ?? '127.0.0.1';
}
