import type { Logger } from '../../platform/observability/logger';
import {
  leaseMs,
  type RegisteredInstance,
  type ServiceRegistry,
} from '../../platform/registry/service-registry';
import { type Service, staticId } from '../traffic/service';
import type { Refusal, ServedSchemas } from './served-schemas';

const pollMs = 1_000;
const probeMs = 2_000;

export interface DiscoveryOptions {
  readonly registry: ServiceRegistry;
  readonly schemas: ServedSchemas;
  readonly calls: { service(name: string): Service; readonly services: readonly Service[] };
  /** The URL of a service that has no registered instance; undefined when there is none. */
  readonly staticUrlOf: (name: string) => string | undefined;
  /** Services whose URL is configured: their registered instances are not used. */
  readonly isStatic: (name: string) => boolean;
  readonly serve: (supergraphSdl: string) => Promise<void>;
  readonly probe: (url: string) => Promise<'ready' | 'not_ready' | 'away'>;
  readonly onRefusal: (refusal: Refusal) => void;
  /** A request to the registry has failed. */
  readonly onRegistryError: (operation: 'read' | 'renew') => void;
  readonly logger: Logger;
}

/**
 * Follows the registry: the instances of each service, their health, and new schemas. A schema that composes with the others is served,
 * one that does not changes nothing.
 */
export class Discovery {
  private known: readonly RegisteredInstance[] = [];
  private readonly timers: NodeJS.Timeout[] = [];
  private polling: Promise<void> | undefined;
  private probing: Promise<void> | undefined;
  private isClosed = false;
  /** While instances register again after an outage of the registry, none is taken to be gone. */
  private keepUntil = 0;
  private isAway = false;
  /** Whether a renewal of the last round has failed. */
  private hasFailedToRenew = false;

  constructor(private readonly options: DiscoveryOptions) {}

  get instances(): readonly RegisteredInstance[] {
    return this.known;
  }

  async start(): Promise<void> {
    await this.refresh();
    this.timers.push(
      setInterval(() => void this.refresh(), pollMs).unref(),
      setInterval(() => void this.probeAll(), probeMs).unref(),
    );
  }

  async close(): Promise<void> {
    this.isClosed = true;
    for (const timer of this.timers) clearInterval(timer);
    await this.polling;
    await this.probing;
  }

  /** Reads the registry now. Never rejects. */
  refresh(): Promise<void> {
    this.polling ??= this.poll().finally(() => {
      this.polling = undefined;
    });
    return this.polling;
  }

  private async poll(): Promise<void> {
    let read: RegisteredInstance[];
    try {
      read = await this.options.registry.instances();
    } catch (error) {
      this.options.onRegistryError('read');
      if (!this.isAway)
        this.options.logger.warn({ error }, 'the registry cannot be read: the known instances are kept');
      this.isAway = true;
      return;
    }
    const now = performance.now();
    if (this.isAway) this.keepUntil = now + leaseMs;
    this.isAway = false;
    if (now < this.keepUntil) {
      const ids = new Set(read.map(({ id }) => id));
      read.push(...this.known.filter(({ id }) => !ids.has(id)));
    }
    this.known = read;
    this.useInstances();
    for (const instance of this.options.schemas.wanted(read)) {
      if (this.isClosed) return;
      const refusal = await this.options.schemas.take(instance, this.options.serve);
      if (refusal !== undefined) this.options.onRefusal(refusal);
      this.useInstances();
    }
  }

  /** An instance of a service gets calls when its schema is the served one. When none has that, all get calls. */
  private useInstances(): void {
    const { calls, schemas, staticUrlOf, isStatic } = this.options;
    const names = new Set([...calls.services.map(({ name }) => name), ...this.known.map(({ name }) => name)]);
    for (const name of names) {
      if (isStatic(name)) continue;
      const all = this.known.filter(instance => instance.name === name);
      const served = all.filter(({ schemaHash }) => schemaHash === schemas.hashOf(name));
      const used = served.length > 0 ? served : all;
      const url = staticUrlOf(name);
      calls.service(name).use(used.length > 0 ? used : url === undefined ? [] : [{ id: staticId, url }]);
    }
  }

  private probeAll(): Promise<void> {
    this.probing ??= this.probeEach().finally(() => {
      this.probing = undefined;
    });
    return this.probing;
  }

  private async probeEach(): Promise<void> {
    const { calls, probe } = this.options;
    await Promise.all(
      calls.services.flatMap(({ instances }) =>
        instances.map(async instance => {
          // A configured URL is probed to find out that it has recovered.
          if (instance.id === staticId && instance.breaker.state(performance.now()) === 'closed') return;
          const state = await probe(instance.url);
          instance.isReady = state === 'ready';
          if (state !== 'away') instance.breaker.probeNow();
        }),
      ),
    );
    await this.renewProbed();
  }

  /** Of several failures in a row the first is logged. */
  private async renewProbed(): Promise<void> {
    const { probe, schemas, onRegistryError, logger } = this.options;
    let hasFailed = false;
    await Promise.all(
      this.known
        .filter(({ isProbed }) => isProbed)
        .map(async instance => {
          if ((await probe(instance.url)) === 'away' || schemas.refusalOf(instance) !== undefined) return;
          try {
            await this.renew(instance);
          } catch (error) {
            onRegistryError('renew');
            if (!this.hasFailedToRenew && !hasFailed) {
              logger.warn(
                { error, subgraph: instance.name },
                'the registration of an instance cannot be renewed',
              );
            }
            hasFailed = true;
          }
        }),
    );
    this.hasFailedToRenew = hasFailed;
  }

  private async renew(instance: RegisteredInstance): Promise<void> {
    const { registry } = this.options;
    if (performance.now() >= this.keepUntil) return registry.renew(instance);
    // The registry may have come back without it.
    const sdl = await registry.schema(instance.schemaHash);
    if (sdl !== undefined) await registry.register(instance, sdl);
  }
}
