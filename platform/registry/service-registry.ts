import type { Clock } from '../clock';

/** One running instance of a service. */
export interface RegisteredInstance {
  readonly id: string;
  /** The name of its subgraph. */
  readonly name: string;
  /** Of its GraphQL. */
  readonly url: string;
  /** Of the software. */
  readonly version: string;
  /** SHA-256 of its SDL, as hexadecimal digits. */
  readonly schemaHash: string;
  /** The data centre or availability zone it runs in; empty when it does not say. */
  readonly zone: string;
  /** When it was registered first, in milliseconds since 1970. */
  readonly registeredAt: number;
  /** Gateways renew the registration as long as the instance answers them. Without it the instance renews it itself. */
  readonly isProbed: boolean;
}

/** How long a registration holds without being renewed. */
export const leaseMs = 10_000;
/** How often it is renewed: two renewals may be lost. */
export const renewalMs = 3_000;

/** The running instances of all services, with their schemas. Instances that are not renewed are gone after `leaseMs`. */
export interface ServiceRegistry {
  /** Registers an instance, or renews its registration. @throws when Redis does not answer */
  register(instance: RegisteredInstance, sdl: string): Promise<void>;
  /** Renews the registration of an instance that is still registered. One that has left or expired stays away. */
  renew(instance: RegisteredInstance): Promise<void>;
  leave(id: string): Promise<void>;
  instances(): Promise<RegisteredInstance[]>;
  /** The SDL with this hash; undefined when it is not known. */
  schema(hash: string): Promise<string | undefined>;
  close(): Promise<void>;
}

/** The registry where all runs in one process. */
export class InProcessRegistry implements ServiceRegistry {
  private readonly registered = new Map<string, { instance: RegisteredInstance; expiresAt: number }>();
  private readonly schemas = new Map<string, string>();

  constructor(private readonly clock: Clock) {}

  async register(instance: RegisteredInstance, sdl: string): Promise<void> {
    this.registered.set(instance.id, { instance, expiresAt: this.clock.now() + leaseMs });
    this.schemas.set(instance.schemaHash, sdl);
  }

  async renew({ id }: RegisteredInstance): Promise<void> {
    const known = this.registered.get(id);
    const now = this.clock.now();
    if (known !== undefined && known.expiresAt > now) known.expiresAt = now + leaseMs;
  }

  async leave(id: string): Promise<void> {
    this.registered.delete(id);
  }

  async instances(): Promise<RegisteredInstance[]> {
    const now = this.clock.now();
    for (const [id, { expiresAt }] of this.registered) if (expiresAt <= now) this.registered.delete(id);
    return [...this.registered.values()].map(({ instance }) => instance);
  }

  async schema(hash: string): Promise<string | undefined> {
    return this.schemas.get(hash);
  }

  async close(): Promise<void> {}
}
