import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Kind, parse, print } from 'graphql';
import { silentLogger } from '../../platform/observability/logger';
import { openProcessContext, startErrorLines } from '../../platform/process';
import { projectRoot } from '../../platform/project-root';
import { readGatewayConfig } from '../config';
import { startGateway } from '../main';
import { Graph } from '../testing/graph';
import { AutomaticPersistedQueries } from './automatic-persisted-queries';
import { readOperationSafelist } from './operation-safelist';

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const persisted = (hash: string, version = 1) => ({ persistedQuery: { version, sha256Hash: hash } });

interface Asked {
  query?: string;
  documentId?: string;
  extensions?: object;
  variables?: object;
}

async function post(graph: Graph, body: Asked, headers: Record<string, string> = {}) {
  return read(
    await fetch(`${graph.gateway.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    }),
  );
}

async function get(graph: Graph, { query, documentId, extensions, variables }: Asked) {
  const parameters = new URLSearchParams({
    ...(documentId === undefined ? {} : { documentId }),
    ...(query === undefined ? {} : { query }),
    ...(extensions === undefined ? {} : { extensions: JSON.stringify(extensions) }),
    ...(variables === undefined ? {} : { variables: JSON.stringify(variables) }),
  });
  const headers = { 'apollo-require-preflight': 'true' };
  return read(await fetch(`${graph.gateway.url}/graphql?${parameters}`, { headers }));
}

async function read(response: Response) {
  const body = JSON.parse(await response.text()) as {
    data?: unknown;
    errors?: { message: string; extensions: { code: string; http: { status: number } } }[];
  };
  return { status: response.status, ...body, code: body.errors?.[0]?.extensions.code };
}

describe.each(['apollo', 'plinth'])('EXECUTOR=%s', executor => {
  const query = 'query One($id: ID!) { book(id: $id) { title } }';
  const variables = { id: '1' };
  const answer = { status: 200, data: { book: { title: 'Book 1' } } };

  describe('automatic persisted queries', () => {
    let graph: Graph;

    beforeEach(async () => {
      graph = await Graph.start({ EXECUTOR: executor });
    });

    afterEach(() => graph.stop());

    it('asks for a text it does not know, and then answers to its hash, by POST and by GET', async () => {
      const extensions = persisted(sha256(query));
      const unknown = await post(graph, { extensions, variables });
      // Clients know this by its message and code, and some look at neither when the status is not 200.
      expect([unknown.status, unknown.code, unknown.errors?.[0]?.message]).toEqual([
        200,
        'PERSISTED_QUERY_NOT_FOUND',
        'PersistedQueryNotFound',
      ]);
      expect(unknown.data).toBeUndefined();
      expect(await post(graph, { query, extensions, variables })).toMatchObject(answer);
      expect(await post(graph, { extensions, variables })).toMatchObject(answer);
      expect(await get(graph, { extensions, variables })).toMatchObject(answer);
      expect(await post(graph, { extensions, variables: { id: '2' } })).toMatchObject({
        data: { book: { title: 'Book 2' } },
      });
    });

    it('learns from a GET as well', async () => {
      const extensions = persisted(sha256(query));
      expect((await get(graph, { extensions, variables })).code).toBe('PERSISTED_QUERY_NOT_FOUND');
      expect(await get(graph, { query, extensions, variables })).toMatchObject(answer);
      expect(await post(graph, { extensions, variables })).toMatchObject(answer);
    });

    it('changes nothing by GET, known hash or not', async () => {
      const mutation = 'mutation { rename(id: "1", name: "x") { id } }';
      const extensions = persisted(sha256(mutation));
      expect((await get(graph, { query: mutation, extensions })).status).toBe(405);
      expect(await post(graph, { query: mutation, extensions })).toMatchObject({ status: 200 });
      expect((await get(graph, { extensions })).status).toBe(405);
    });

    it.each([
      ['does not parse', '{ me {'],
      ['is not valid', '{ nothing }'],
      ['nests too deep', `{ ${'me { '.repeat(300)} id ${'}'.repeat(300)} }`],
      ['has too many tokens', `{ ${'me { id } '.repeat(3_000)} }`],
      ['is only comment', '# nothing'],
    ])('remembers no text that %s', async (_, text) => {
      const extensions = persisted(sha256(text));
      expect((await post(graph, { query: text, extensions })).status).toBe(400);
      expect((await post(graph, { extensions })).code).toBe('PERSISTED_QUERY_NOT_FOUND');
    });

    it('refuses a hash of another text, and keeps neither', async () => {
      const extensions = persisted(sha256('{ me { id } }'));
      const refused = await post(graph, { query, extensions, variables });
      expect([refused.status, refused.code]).toEqual([400, 'PERSISTED_QUERY_HASH_MISMATCH']);
      expect((await post(graph, { extensions, variables })).code).toBe('PERSISTED_QUERY_NOT_FOUND');
    });

    it.each([
      ['another version', persisted(sha256(query), 2)],
      ['no hash', { persistedQuery: { version: 1 } }],
      ['a hash of another kind', persisted('x')],
      ['a hash in capitals', persisted(sha256(query).toUpperCase())],
      ['a list', { persistedQuery: [] }],
      ['a text', { persistedQuery: 'x' }],
    ])('refuses %s with 400', async (_, extensions) => {
      for (const asked of [{ extensions }, { extensions, query, variables }]) {
        const refused = await post(graph, asked);
        expect([refused.status, refused.code]).toEqual([400, 'BAD_REQUEST']);
      }
    });

    it('looks at the token before the hash', async () => {
      const refused = await post(
        graph,
        { extensions: persisted(sha256(query)) },
        { authorization: 'Bearer x' },
      );
      expect([refused.status, refused.code]).toEqual([401, 'TOKEN_INVALID']);
    });
  });

  it('says where there are none, so that clients send the text', async () => {
    const graph = await Graph.start({ EXECUTOR: executor, APQ: 'off' });
    try {
      const extensions = persisted(sha256(query));
      const refused = await post(graph, { extensions, variables });
      expect([refused.status, refused.code, refused.errors?.[0]?.message]).toEqual([
        200,
        'PERSISTED_QUERY_NOT_SUPPORTED',
        'PersistedQueryNotSupported',
      ]);
      expect(await post(graph, { query, extensions, variables })).toMatchObject(answer);
      expect((await post(graph, { extensions, variables })).code).toBe('PERSISTED_QUERY_NOT_SUPPORTED');
    } finally {
      await graph.stop();
    }
  });

  describe('operations listed in advance', () => {
    let folder: string;
    let file: string;

    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'plinth-operations-'));
      file = join(folder, 'operations.json');
      await writeFile(file, manifest([{ id: sha256(query), name: 'One', type: 'query', body: query }]));
    });

    afterAll(() => rm(folder, { recursive: true }));

    const start = (mode: 'allow' | 'only', more: Record<string, string> = {}) =>
      Graph.start({
        EXECUTOR: executor,
        PERSISTED_OPERATIONS: mode,
        PERSISTED_OPERATIONS_MANIFEST: file,
        ...more,
      });

    it('are the only ones with only: by id or to the letter, and REST as ever', async () => {
      const graph = await start('only');
      try {
        const extensions = persisted(sha256(query));
        for (const asked of [{ extensions }, { query }, { query, extensions }]) {
          expect(await post(graph, { ...asked, variables })).toMatchObject(answer);
          expect(await get(graph, { ...asked, variables })).toMatchObject(answer);
        }
        const other = '{ me { id } }';
        const refused: Asked[] = [
          { query: other },
          { query: `${query} ` },
          { query: '{ __schema { types { name } } }' },
          { query: '{ not graphql' },
          { extensions: persisted(sha256(other)) },
          { extensions: persisted('x') },
          { query: other, extensions: persisted(sha256(other)) },
        ];
        for (const asked of refused) {
          for (const ask of [post, get]) {
            const { status, code, data } = await ask(graph, asked);
            expect([status, code, data]).toEqual([403, 'PERSISTED_QUERY_NOT_IN_LIST', undefined]);
          }
        }
        const mixed = await post(graph, { query: other, extensions, variables });
        expect([mixed.status, mixed.code]).toEqual([400, 'PERSISTED_QUERY_HASH_MISMATCH']);
        const rest = await fetch(`${graph.gateway.url}/me`);
        expect([rest.status, JSON.parse(await rest.text()).name]).toEqual([200, 'Ada']);
      } finally {
        await graph.stop();
      }
    });

    it('are taken as GraphQL Code Generator lists them, and as a documentId', async () => {
      const file = join(folder, 'persisted-documents.json');
      await writeFile(
        file,
        JSON.stringify({ 'a-sha1-of-any-kind': query, [sha256('{ me { id } }')]: '{ me { id } }' }),
      );
      const graph = await Graph.start({
        EXECUTOR: executor,
        PERSISTED_OPERATIONS: 'only',
        PERSISTED_OPERATIONS_MANIFEST: file,
      });
      try {
        for (const ask of [post, get]) {
          expect(await ask(graph, { documentId: 'a-sha1-of-any-kind', variables })).toMatchObject(answer);
          const prefixed = await ask(graph, { documentId: `sha256:${sha256('{ me { id } }')}` });
          expect(prefixed).toMatchObject({ status: 200, data: { me: { id: '1' } } });
          expect((await ask(graph, { documentId: 'another' })).code).toBe('PERSISTED_QUERY_NOT_IN_LIST');
        }
        expect((await post(graph, { documentId: 7 as never })).code).toBe('BAD_REQUEST');
      } finally {
        await graph.stop();
      }
    });

    it('are known by their ids with allow, and every other is answered as ever', async () => {
      const graph = await start('allow');
      try {
        expect(await post(graph, { extensions: persisted(sha256(query)), variables })).toMatchObject(answer);
        expect((await post(graph, { query: '{ me { id } }' })).status).toBe(200);
        const unknown = await post(graph, { extensions: persisted(sha256('{ me { id } }')) });
        expect(unknown.code).toBe('PERSISTED_QUERY_NOT_FOUND');
      } finally {
        await graph.stop();
      }
      const without = await start('allow', { APQ: 'off' });
      try {
        expect(await post(without, { extensions: persisted(sha256(query)), variables })).toMatchObject(
          answer,
        );
        const unknown = await post(without, { extensions: persisted(sha256('{ me { id } }')) });
        expect(unknown.code).toBe('PERSISTED_QUERY_NOT_SUPPORTED');
      } finally {
        await without.stop();
      }
    });
  });
});

it.each([
  ['is not there', undefined, [/operations\.json cannot be read: set PERSISTED_OPERATIONS_MANIFEST/]],
  ['is not JSON', '{', [/is not JSON/]],
  ['is of another kind', '{"operations":[]}', [/format/, /version/]],
  [
    'names two by one id, and one that does not parse',
    manifest([
      { id: 'a', name: 'One', type: 'query', body: '{ me { id } }' },
      { id: 'a', name: 'Two', type: 'query', body: '{ me { name } }' },
      { id: 'b', name: 'Three', type: 'query', body: '{' },
    ]),
    [/Two has an id that another has too/, /Three does not parse/],
  ],
])('a list that %s keeps the gateway from starting, and says why', async (_, text, lines) => {
  const folder = await mkdtemp(join(tmpdir(), 'plinth-operations-'));
  const shared = openProcessContext({ redisUrl: undefined, logger: silentLogger });
  try {
    const file = join(folder, 'operations.json');
    if (text !== undefined) await writeFile(file, text);
    const config = readGatewayConfig('embedded', {
      GATEWAY_PORT: '0',
      LOG_LEVEL: 'silent',
      PERSISTED_OPERATIONS: 'only',
      PERSISTED_OPERATIONS_MANIFEST: file,
    });
    const said = await startGateway(config, shared).then(() => ['it started'], startErrorLines);
    expect(said).toEqual(lines.map(line => expect.stringMatching(line)));
  } finally {
    await shared.close();
    await rm(folder, { recursive: true });
  }
});

it('lists what the stories send, to the letter', () => {
  const file = readGatewayConfig('embedded', { PERSISTED_OPERATIONS: 'allow' }).operationsFile!;
  const list = readOperationSafelist(file);
  const sources = readdirSync(join(projectRoot(), 'e2e')).filter(name => name.endsWith('.graphql'));
  const documents = sources.map(name => parse(readFileSync(join(projectRoot(), 'e2e', name), 'utf8')));
  const operations = documents.flatMap(({ definitions }) =>
    definitions.filter(one => one.kind === Kind.OPERATION_DEFINITION),
  );
  expect(operations.length).toBeGreaterThan(5);
  for (const operation of operations) {
    const text = print(operation);
    expect(list.has(text)).toBe(true);
    expect(list.bodyOf(sha256(text))).toBe(text);
  }
});

it('holds its own texts to a bound in bytes, and those in use against a flood', async () => {
  const operations = new AutomaticPersistedQueries(undefined, 100_000);
  const useful = '{ me { id } }';
  operations.keep(sha256(useful), useful);
  expect(await operations.find(sha256(useful))).toBe(useful);
  for (let i = 0; i < 1_000; i++) {
    const text = `{ a${i}: me { id } } # ${'x'.repeat(i * 10)}`;
    operations.keep(sha256(text), text);
    expect(operations.bytes).toBeLessThanOrEqual(100_000);
  }
  expect(await operations.find(sha256(useful))).toBe(useful);
  const long = `{ me { id } } # ${'x'.repeat(100_000)}`;
  operations.keep(sha256(long), long);
  expect(await operations.find(sha256(long))).toBeUndefined();
});

function manifest(operations: { id: string; name: string; type: string; body: string }[]): string {
  return JSON.stringify({ format: 'apollo-persisted-query-manifest', version: 1, operations });
}
