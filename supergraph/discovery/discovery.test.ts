import type { RegisteredInstance } from '../../platform/registry/service-registry';
import { Discovery, type DiscoveryOptions } from './discovery';

const instance: RegisteredInstance = {
  id: '1',
  name: 'foreign',
  url: 'http://127.0.0.1:1/graphql',
  version: '1',
  schemaHash: 'a',
  zone: '',
  registeredAt: 0,
  isProbed: true,
};

/** Follows a registry of one instance, whose renewals fail as long as `renewal` is an error. */
function discoveryOf() {
  const seen = { renewal: undefined as Error | undefined, warnings: [] as unknown[], errors: [] as string[] };
  const options = {
    registry: {
      instances: async () => [instance],
      renew: async () => {
        if (seen.renewal !== undefined) throw seen.renewal;
      },
    },
    schemas: { wanted: () => [], refusalOf: () => undefined, hashOf: () => 'a' },
    calls: { services: [], service: () => ({ use: () => undefined }) },
    staticUrlOf: () => undefined,
    isStatic: () => false,
    probe: async () => 'ready',
    onRegistryError: (operation: string) => seen.errors.push(operation),
    logger: { warn: (facts: unknown) => seen.warnings.push(facts), info: () => undefined },
  } as unknown as DiscoveryOptions;
  return { discovery: new Discovery(options), seen };
}

describe('discovery', () => {
  beforeEach(() => jest.useFakeTimers());
  afterEach(() => jest.useRealTimers());

  it('counts each renewal that fails, and logs the first of several in a row', async () => {
    const { discovery, seen } = discoveryOf();
    await discovery.start();
    const error = new Error('no connection');
    seen.renewal = error;
    await jest.advanceTimersByTimeAsync(3 * 2_000);
    expect(seen.warnings).toEqual([{ error, subgraph: 'foreign' }]);
    expect(seen.errors).toEqual(['renew', 'renew', 'renew']);
    seen.renewal = undefined;
    await jest.advanceTimersByTimeAsync(2_000);
    expect(seen.warnings).toHaveLength(1);
    seen.renewal = error;
    await jest.advanceTimersByTimeAsync(2_000);
    expect(seen.warnings).toHaveLength(2);
    await discovery.close();
  });
});
