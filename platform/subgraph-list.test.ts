import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { portSetting } from './common-settings';
import { ConfigError, readSettings } from './config';
import { listSubgraphs, variablePrefix } from './subgraph-list';

describe('the list of subgraphs in rover.yaml', () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'plinth-list-'));
  });
  afterEach(() => rmSync(root, { recursive: true }));

  it('has the port of each routing URL, and says which subgraphs have code here', () => {
    writeFileSync(
      join(root, 'rover.yaml'),
      `federation_version: =2.9.0
subgraphs:
  auth: { routing_url: 'http://127.0.0.1:8001/graphql', schema: { file: schema/auth.graphql } }
  order-items: { routing_url: 'https://orders.example.com/graphql', schema: { file: orders.graphql } }`,
    );
    expect(listSubgraphs(root)).toEqual([
      {
        name: 'auth',
        routingUrl: 'http://127.0.0.1:8001/graphql',
        port: 8001,
        schemaFile: 'schema/auth.graphql',
        folder: expect.stringMatching(/subgraphs\/auth$/),
      },
      {
        name: 'order-items',
        routingUrl: 'https://orders.example.com/graphql',
        port: undefined,
        schemaFile: 'orders.graphql',
        folder: undefined,
      },
    ]);
    expect(variablePrefix('order-items')).toBe('ORDER_ITEMS');
  });

  it('gives a service its port, which its variable changes', () => {
    const settings = { port: portSetting('users') };
    expect(readSettings(settings, {})).toEqual({ port: 8002 });
    expect(readSettings(settings, { USERS_PORT: '9000' })).toEqual({ port: 9000 });
  });

  it('refuses to start a service that it does not list', () => {
    expect(() => readSettings({ port: portSetting('products') }, {})).toThrow(
      new ConfigError(['rover.yaml has no subgraph products with a port']),
    );
  });
});
