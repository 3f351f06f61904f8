import { readGatewayConfig } from '../config';
import { routingUrlsOf } from '../schema/supergraph-file';
import { graphqlUrlOf } from './subgraph-urls';

const addressOf = (name: string, routingUrl: string, environment: Record<string, string>) =>
  graphqlUrlOf(name, routingUrl, readGatewayConfig('embedded', environment));

describe('where a subgraph is', () => {
  it.each([
    ['as the supergraph says', {}, 'users', 'http://127.0.0.1:8002/graphql', 'http://127.0.0.1:8002/graphql'],
    [
      'at the port that is set',
      { USERS_PORT: '9002' },
      'users',
      'http://127.0.0.1:8002/graphql',
      'http://127.0.0.1:9002/graphql',
    ],
    [
      'at the URL that is set',
      { USERS_URL: 'https://users.internal/' },
      'users',
      'http://127.0.0.1:8002/graphql',
      'https://users.internal/graphql',
    ],
    [
      'elsewhere, whatever our ports are',
      { USERS_PORT: '9002' },
      'users',
      'http://example.com:4000/',
      'http://example.com:4000/',
    ],
    [
      'of a name of nobody of ours',
      { USERS_PORT: '9002' },
      'constructor',
      'http://127.0.0.1:8002/',
      'http://127.0.0.1:8002/',
    ],
  ])('%s', (_, environment, name, routingUrl, expected) => {
    expect(addressOf(name, routingUrl, environment)).toBe(expected);
  });

  it('is read from the supergraph file', () => {
    const sdl =
      'enum join__Graph { A @join__graph(name: "a", url: "http://a/graphql") B @join__graph(name: "b", url: "") }';
    expect([...routingUrlsOf(sdl)]).toEqual([
      ['a', 'http://a/graphql'],
      ['b', ''],
    ]);
  });
});
