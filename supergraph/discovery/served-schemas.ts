import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { schemaHashOf } from '../../platform/registry/registration';
import type { RegisteredInstance, ServiceRegistry } from '../../platform/registry/service-registry';
import { compose, type SubgraphSchema } from './compose';

/** A schema that was not taken, with the reasons. */
export interface Refusal {
  readonly subgraph: string;
  readonly schemaHash: string;
  readonly errors: readonly string[];
}

interface Served {
  readonly url: string;
  readonly hash: string | undefined;
  readonly sdl: string | undefined;
}

/** The schemas of the subgraphs that the gateway serves now, and those that it refused. */
export class ServedSchemas {
  private readonly served = new Map<string, Served>();
  /** By name and hash, with the composed set that it did not fit: it is tried again when that set changes. */
  private readonly refused = new Map<string, { refusal: Refusal; revision: number }>();
  private revision = 0;

  /** @param urls subgraph → its URL in the supergraph file; a file `<name>.graphql` beside that is its schema */
  constructor(
    supergraphFile: string,
    urls: ReadonlyMap<string, string>,
    private readonly registry: Pick<ServiceRegistry, 'schema'>,
  ) {
    for (const [name, url] of urls) {
      const file = join(dirname(supergraphFile), `${name}.graphql`);
      const sdl = existsSync(file) ? readFileSync(file, 'utf8') : undefined;
      this.served.set(name, { url, sdl, hash: sdl === undefined ? undefined : schemaHashOf(sdl) });
    }
  }

  hashOf(name: string): string | undefined {
    return this.served.get(name)?.hash;
  }

  get refusals(): readonly Refusal[] {
    return [...this.refused.values()].map(({ refusal }) => refusal);
  }

  refusalOf({ name, schemaHash }: Pick<RegisteredInstance, 'name' | 'schemaHash'>): Refusal | undefined {
    return this.refused.get(`${name} ${schemaHash}`)?.refusal;
  }

  /**
   * The instances whose schema should be served and is not: the newest of each subgraph, the earliest of these first. A schema that was
   * refused is left out until the others change.
   */
  wanted(instances: readonly RegisteredInstance[]): RegisteredInstance[] {
    // A supergraph without the schemas of its subgraphs is served as it is.
    if ([...this.served.values()].some(({ sdl }) => sdl === undefined)) return [];
    const newest = new Map<string, RegisteredInstance>();
    for (const instance of instances) {
      const other = newest.get(instance.name);
      if (other === undefined || other.registeredAt < instance.registeredAt) {
        newest.set(instance.name, instance);
      }
    }
    return [...newest.values()]
      .filter(({ name, schemaHash }) => {
        if (this.hashOf(name) === schemaHash) return false;
        return this.refused.get(`${name} ${schemaHash}`)?.revision !== this.revision;
      })
      .sort((one, other) => one.registeredAt - other.registeredAt);
  }

  /**
   * Composes the schema of an instance with those of the other subgraphs, and takes it when the result can be served.
   *
   * @param serve serves a supergraph; rejects when it cannot be served
   */
  async take(
    instance: RegisteredInstance,
    serve: (supergraphSdl: string) => Promise<void>,
  ): Promise<Refusal | undefined> {
    const { name, schemaHash } = instance;
    const errors = await this.tryToTake(instance, serve);
    const key = `${name} ${schemaHash}`;
    if (errors === undefined) {
      this.revision++;
      for (const known of this.refused.keys()) if (known.startsWith(`${name} `)) this.refused.delete(known);
      return undefined;
    }
    const refusal = { subgraph: name, schemaHash, errors };
    // One refused schema a subgraph: the newest.
    for (const known of this.refused.keys()) if (known.startsWith(`${name} `)) this.refused.delete(known);
    this.refused.set(key, { refusal, revision: this.revision });
    return refusal;
  }

  private async tryToTake(
    { name, url, schemaHash }: RegisteredInstance,
    serve: (supergraphSdl: string) => Promise<void>,
  ): Promise<readonly string[] | undefined> {
    const sdl = await this.registry.schema(schemaHash);
    if (sdl === undefined) return ['The registry does not have this schema'];
    const next = new Map(this.served).set(name, {
      url: this.served.get(name)?.url ?? url,
      hash: schemaHash,
      sdl,
    });
    const subgraphs: SubgraphSchema[] = [];
    for (const [each, { url: its, sdl: text }] of next) {
      if (text !== undefined) subgraphs.push({ name: each, url: its, sdl: text });
    }
    try {
      const composed = await compose(subgraphs);
      if ('errors' in composed) return composed.errors;
      await serve(composed.supergraphSdl);
    } catch (error) {
      return [error instanceof Error ? error.message : String(error)];
    }
    this.served.set(name, next.get(name)!);
    return undefined;
  }
}
