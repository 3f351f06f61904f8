import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import { buildSubgraphSchema } from '@apollo/subgraph';
import { GraphQLError, graphql, parse } from 'graphql';
import { Callers } from './caller.js';

const {
  AUTH_URL = 'http://127.0.0.1:8001',
  INTROSPECTION_API_KEY,
  HOST = '127.0.0.1',
  PORT = '8020',
} = process.env;
if (!INTROSPECTION_API_KEY) {
  console.error('INTROSPECTION_API_KEY is not set: create an API key with the scope tokens:introspect');
  process.exit(1);
}

const callers = new Callers({ authUrl: AUTH_URL, apiKey: INTROSPECTION_API_KEY });
/** A real service has a database here. */
const wishes = [];
const longestBody = 1_000_000;

const schema = buildSubgraphSchema({
  typeDefs: parse(readFileSync(new URL('schema.graphql', import.meta.url), 'utf8')),
  resolvers: {
    Query: { latestWishes: () => wishes.slice(-10).reverse() },
    Mutation: {
      addWish: (_, { input }, { caller }) => {
        // The gateway checks @authenticated. Requests may come without the gateway, so the service checks too.
        if (caller?.kind !== 'user') throw new GraphQLError('Sign in first', code('UNAUTHENTICATED', 401));
        const title = input.title.trim();
        if (title === '' || title.length > 100) {
          throw new GraphQLError('title must be 1 to 100 characters', code('VALIDATION_FAILED', 422));
        }
        const wish = { id: randomUUID(), title, userId: caller.id };
        wishes.push(wish);
        return wish;
      },
    },
    Wish: { user: ({ userId }) => ({ __typename: 'User', id: userId }) },
    User: {
      __resolveReference: ({ id }) => ({ id }),
      wishes: ({ id }, _, { caller }) => {
        const maySee = caller?.id === id || caller?.may('wishes:read');
        return maySee ? wishes.filter(wish => wish.userId === id) : [];
      },
    },
  },
});

function code(name, status) {
  return { extensions: { code: name, http: { status } } };
}

const server = createServer(async (request, response) => {
  const answer = (status, body) => {
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(JSON.stringify(body));
  };
  // The gateway's readiness reports this service as ready while /health answers 200.
  if (request.url === '/health') return answer(200, { status: 'ok' });
  if (request.method !== 'POST' || request.url !== '/graphql') return answer(404, { error: 'NOT_FOUND' });
  if (!(Number(request.headers['content-length']) <= longestBody)) {
    return answer(413, { error: 'PAYLOAD_TOO_LARGE' });
  }
  try {
    const caller = await callers.of(request.headers);
    const { query, variables, operationName } = JSON.parse(await text(request));
    const contextValue = { caller };
    answer(
      200,
      await graphql({ schema, source: query, variableValues: variables, operationName, contextValue }),
    );
  } catch (error) {
    const { status = 400, code: name = 'BAD_REQUEST' } = error;
    answer(status, { errors: [{ message: 'The request cannot be answered', ...code(name, status) }] });
  }
});

server.listen(Number(PORT), HOST, () => console.log(`wishes answers on http://${HOST}:${PORT}/graphql`));
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => server.close(() => process.exit(0)));
