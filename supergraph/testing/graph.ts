import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { composeServices } from '@apollo/composition';
import { buildSubgraphSchema } from '@apollo/subgraph';
import { type GraphQLError, graphql, parse } from 'graphql';
import { forbidden } from '../../platform/errors';
import { formatGraphQLError } from '../../platform/graphql/error-format';
import type { RestRoute } from '../../platform/graphql/rest-table';
import { silentLogger } from '../../platform/observability/logger';
import { openProcessContext, type ProcessContext, type RunningService } from '../../platform/process';
import { eventually } from '../../platform/testing/eventually';
import { TokenIssuer } from '../../platform/testing/token-issuer';
import { readGatewayConfig } from '../config';
import { startGateway } from '../main';

const link =
  'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@shareable", "@authenticated", "@requiresScopes", "@policy", "@tag"])\n';

/** The SDL of the first subgraph. */
export const people = `${link}
  type Query {
    me: User users(first: Int = 2): [User!]! fails: String refused: String
    vault: String @authenticated
    ledger: String @requiresScopes(scopes: [["ledger:read"]])
    seal: String @policy(policies: [["keeper"]])
  }
  type Mutation { rename(id: ID!, name: String!): User! signIn(password: String!): Boolean @tag(name: "credentials") }
  type User @key(fields: "id") { id: ID! name: String! }`;

const books = `${link}
  type Query { book(id: ID!): Book }
  type Book @key(fields: "id") { id: ID! title: String! author: User }
  type User @key(fields: "id") { id: ID! books: [Book!] }`;

const ada = { id: '1', name: 'Ada' };
export const resolvers = {
  people: {
    Query: {
      me: () => ada,
      vault: () => 'gold',
      ledger: () => 'red',
      seal: () => 'wax',
      users: () => [ada, { id: '2', name: 'Bob' }],
      fails: () => {
        throw new Error('a secret of the subgraph');
      },
      refused: () => {
        throw forbidden('Not for you', { permission: 'x:y' });
      },
    },
    Mutation: { rename: (_: unknown, args: { id: string; name: string }) => args, signIn: () => true },
    User: { __resolveReference: ({ id }: { id: string }) => (id === '1' ? ada : { id, name: 'Bob' }) },
  },
  books: {
    Query: {
      book: (_: unknown, { id }: { id: string }) =>
        id === '9' ? null : { id, title: `Book ${id}`, author: { id: '1' } },
    },
    User: { books: ({ id }: { id: string }) => [{ id: `${id}1`, title: `Of ${id}` }] },
  },
};

const table: RestRoute[] = [
  {
    method: 'GET',
    path: '/me',
    summary: 'Me',
    success: 200,
    operation: '{ me { id name books { title } } }',
  },
  {
    method: 'GET',
    path: '/books/:id',
    summary: 'A book',
    success: 200,
    operation: 'query ($id: ID!) { book(id: $id) { id title } }',
  },
  {
    method: 'PUT',
    path: '/people/:id',
    summary: 'Rename',
    success: 200,
    operation: 'mutation ($id: ID!, $name: String!) { rename(id: $id, name: $name) { id name } }',
  },
];

export type Misdeed =
  | 'none'
  | 'reset'
  | 'stall'
  | 'garbage'
  | 'status'
  | 'flood'
  | 'html'
  | 'empty'
  | 'miscount'
  | 'bare';

/** A subgraph over real HTTP that a test can make fail. */
export class FakeSubgraph {
  misdeed: Misdeed = 'none';
  /** How long it thinks about each answer. */
  delayMs = 0;
  readonly heard: { headers: IncomingHttpHeaders; body: string }[] = [];
  private server: Server;
  port = 0;

  constructor(sdl: string, map: object) {
    const schema = buildSubgraphSchema({ typeDefs: parse(sdl), resolvers: map as never });
    this.server = createServer(async (request, response) => {
      if (request.method === 'GET') return response.end('{}');
      const chunks: Buffer[] = [];
      for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
      const body = Buffer.concat(chunks).toString();
      this.heard.push({ headers: request.headers, body });
      if (this.misdeed === 'reset') return request.socket.destroy();
      if (this.misdeed === 'stall') return;
      if (this.misdeed === 'garbage') return response.end('{"data":{"me":{"id":');
      if (this.misdeed === 'html') return response.end('<html>127.0.0.1</html>');
      if (this.misdeed === 'empty') return response.end('{}');
      if (this.misdeed === 'status') return response.writeHead(500).end('nginx at 127.0.0.1');
      if (this.misdeed === 'miscount') return response.end('{"data":{"_entities":[]}}');
      if (this.misdeed === 'bare') return response.end('{"data":{"me":null},"errors":[{"message":"No"}]}');
      if (this.delayMs > 0) await new Promise(resolve => setTimeout(resolve, this.delayMs));
      if (this.misdeed === 'flood')
        return response.end(`{"data":{"me":{"id":"1","name":"${'x'.repeat(11 * 1024 * 1024)}"}}}`);
      const { query, variables } = JSON.parse(body) as { query: string; variables: Record<string, unknown> };
      const result = await graphql({ schema, source: query, variableValues: variables });
      response.setHeader('content-type', 'application/json');
      response.end(
        JSON.stringify({
          ...result,
          ...(result.errors && {
            errors: result.errors.map((error: GraphQLError) =>
              formatGraphQLError(error.toJSON(), error, silentLogger),
            ),
          }),
        }),
      );
    });
  }

  async listen(port = 0): Promise<void> {
    await new Promise<void>(resolve => this.server.listen(port, '127.0.0.1', resolve));
    this.port = (this.server.address() as AddressInfo).port;
  }

  close(): Promise<void> {
    this.server.closeAllConnections();
    return new Promise(resolve => this.server.close(() => resolve()));
  }
}

/** A gateway over two subgraphs, with somebody who signs tokens. */
export class Graph {
  readonly people = new FakeSubgraph(people, resolvers.people);
  readonly books = new FakeSubgraph(books, resolvers.books);
  issuer: TokenIssuer;
  shared: ProcessContext;
  gateway: RunningService;
  private folder: string;

  static async start(environment: Record<string, string> = {}): Promise<Graph> {
    const graph = new Graph();
    await graph.people.listen();
    await graph.books.listen();
    graph.issuer = await TokenIssuer.start();
    graph.folder = await mkdtemp(join(tmpdir(), 'plinth-gateway-'));
    const composed = composeServices([
      { name: 'people', url: `http://127.0.0.1:${graph.people.port}/graphql`, typeDefs: parse(people) },
      { name: 'books', url: `http://127.0.0.1:${graph.books.port}/graphql`, typeDefs: parse(books) },
    ]);
    if (composed.supergraphSdl === undefined) throw new Error(JSON.stringify(composed.errors));
    const file = join(graph.folder, 'supergraph.graphql');
    await writeFile(file, composed.supergraphSdl);
    await writeFile(join(graph.folder, 'rest.json'), JSON.stringify(table));
    await writeFile(join(graph.folder, 'people.graphql'), people);
    await writeFile(join(graph.folder, 'books.graphql'), books);
    graph.shared = openProcessContext({ redisUrl: environment['REDIS_URL'], logger: silentLogger });
    graph.gateway = await startGateway(
      readGatewayConfig('embedded', {
        GATEWAY_PORT: '0',
        SUPERGRAPH_SDL: file,
        AUTH_URL: graph.issuer.url,
        LOG_LEVEL: 'silent',
        SUBGRAPH_TIMEOUT: '1',
        SHUTDOWN_GRACE: '2',
        TRUSTED_PROXIES: '127.0.0.1',
        RATE_LIMIT: 'off',
        ...environment,
      }),
      graph.shared,
    );
    return graph;
  }

  /** Waits until both subgraphs are called again: their failures may have opened circuit breakers. */
  async recovered(): Promise<void> {
    await eventually(async () => {
      const response = await fetch(`${this.gateway.url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: '{"query":"{ me { id } book(id: 1) { id } }"}',
      });
      const { errors } = (await response.json()) as { errors?: unknown };
      if (errors !== undefined) throw new Error(JSON.stringify(errors));
    });
  }

  async stop(): Promise<void> {
    await this.gateway.stop();
    await Promise.all([this.people.close(), this.books.close(), this.issuer.close()]);
    await this.shared.close();
    await rm(this.folder, { recursive: true });
  }
}
