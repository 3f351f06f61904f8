import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { composeServices } from '@apollo/composition';
import { buildSubgraphSchema } from '@apollo/subgraph';
import { type DocumentNode, execute, parse } from 'graphql';

/** In Federation 1's words, which every gateway of the comparison understands. */
const subgraphs = {
  accounts: {
    typeDefs: `
      extend type Query { me: User users(first: Int = 20): [User!]! user(id: ID!): User }
      type User @key(fields: "id") { id: ID! username: String! email: String createdAt: String }`,
    resolvers: {
      Query: {
        me: () => user('1'),
        users: (_: unknown, { first }: { first: number }) =>
          Array.from({ length: first }, (_each, at) => user(String(at))),
        user: (_: unknown, { id }: { id: string }) => user(id),
      },
      User: { __resolveReference: ({ id }: { id: string }) => user(id) },
    },
  },
  profiles: {
    typeDefs: `
      extend type User @key(fields: "id") { id: ID! @external profile: Profile }
      type Profile { name: String bio: String }`,
    resolvers: {
      User: { profile: ({ id }: { id: string }) => ({ name: `Name ${id}`, bio: 'bio' }) },
    },
  },
  files: {
    typeDefs: `
      type File @key(fields: "id") { id: ID! title: String size: Int owner: User }
      extend type User @key(fields: "id") { id: ID! @external quota: Int files: [File!]! }`,
    resolvers: {
      File: {
        title: ({ id }: { id: string }) => `File ${id}`,
        size: () => 12,
        owner: ({ id }: { id: string }) => ({ __typename: 'User', id: id.split('-')[0] }),
      },
      User: {
        quota: () => 100,
        files: ({ id }: { id: string }) => [{ id: `${id}-1` }, { id: `${id}-2` }],
      },
    },
  },
} as const;

const user = (id: string): object => ({
  id,
  username: `user-${id}`,
  email: `${id}@x.org`,
  createdAt: '2026-01-01',
});

export function compose(urls: Readonly<Record<string, string>>): string {
  const { supergraphSdl, errors } = composeServices(
    Object.entries(subgraphs).map(([name, { typeDefs }]) => ({
      name,
      url: urls[name]!,
      typeDefs: parse(typeDefs),
    })),
  );
  if (!supergraphSdl) throw new Error(errors?.map(error => error.message).join('\n'));
  return supergraphSdl;
}

const mostAnswers = 100_000;

/** What a gateway has asked. */
export interface SubgraphCall {
  readonly subgraph: string;
  readonly body: string;
}

/**
 * Serves them all in this process, each on a port of its own, and sends their URLs to the parent. What a request was answered is
 * remembered: the benchmark is about the gateways, and these must never be what they wait for.
 */
async function serve(): Promise<void> {
  const ports: Record<string, number> = {};
  let isRecording = false;
  let recorded: SubgraphCall[] = [];
  for (const [name, { typeDefs, resolvers }] of Object.entries(subgraphs)) {
    const schema = buildSubgraphSchema({ typeDefs: parse(typeDefs), resolvers: resolvers as never });
    const documents = new Map<string, DocumentNode>();
    const answers = new Map<string, Buffer>();
    const answer = async (text: string): Promise<Buffer> => {
      const { query, variables, operationName } = JSON.parse(text);
      let document = documents.get(query);
      if (document === undefined) {
        document = parse(query);
        if (documents.size < mostAnswers) documents.set(query, document);
      }
      const result = await execute({ schema, document, variableValues: variables, operationName });
      return Buffer.from(JSON.stringify(result));
    };
    const echo = Buffer.from('{"data":{"me":{"id":"1","username":"user-1"}}}');
    const server = createServer((request, response) => {
      // The gateway asks the instances of the registry whether they are ready.
      if (request.method === 'GET') {
        response.end();
        return;
      }
      const chunks: Buffer[] = [];
      request.on('data', chunk => chunks.push(chunk));
      request.on('end', async () => {
        const text = Buffer.concat(chunks).toString();
        if (isRecording) recorded.push({ subgraph: name, body: text });
        let body = request.url === '/echo' ? echo : answers.get(text);
        if (body === undefined) {
          body = await answer(text);
          if (answers.size < mostAnswers) answers.set(text, body);
        }
        response.writeHead(200, { 'content-type': 'application/json', 'content-length': body.length });
        response.end(body);
      });
    });
    server.keepAliveTimeout = 120_000;
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
    ports[name] = (server.address() as AddressInfo).port;
  }
  process.on('message', (message: { record: boolean }) => {
    process.send!({ recorded });
    isRecording = message.record;
    recorded = [];
  });
  process.on('disconnect', () => process.exit(0));
  process.send!({ ports });
}

if (require.main === module) void serve();
