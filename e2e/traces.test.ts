import { randomBytes } from 'node:crypto';
import { administratorToken, data, eventually, failure, makeKey, rest, send, somebody, urls } from './client';
import { uploadFile } from './file-client';
import { shape } from './plinth';

interface Shown {
  trace: {
    spans: { id: string; parentId: string | null; service: string; name: string; kind: string }[];
    logs: { nodes: { service: string }[] };
  } | null;
}

const query = `query ($id: ID!) { trace(id: $id) { spans { id parentId service name kind } logs { nodes { service } } } }`;
const hex = (bytes: number) => randomBytes(bytes).toString('hex');

let root: string;
beforeAll(async () => {
  root = await administratorToken();
});

describe('a trace (M8, M9)', () => {
  if (shape === 'embedded') {
    it('has the spans of the gateway and of each service that answered a request', async () => {
      const { accessToken } = await somebody();
      const traceId = hex(16);
      await fetch(`${urls.gateway}/graphql`, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          authorization: `Bearer ${accessToken}`,
          traceparent: `00-${traceId}-${hex(8)}-01`,
        },
        body: JSON.stringify({ query: 'query Traced { me { username profile { firstName } } }' }),
      });
      await eventually(async () => {
        const { trace } = await data<Shown, object>(query, { id: traceId }, root);
        const spans = trace?.spans ?? [];
        expect(spans.map(({ service, kind }) => `${service} ${kind}`).sort()).toEqual([
          'auth SERVER',
          'gateway CLIENT',
          'gateway CLIENT',
          'gateway SERVER',
          'users SERVER',
        ]);
        const request = spans.find(({ service, kind }) => service === 'gateway' && kind === 'SERVER')!;
        const calls = spans.filter(({ kind }) => kind === 'CLIENT');
        expect(calls.map(({ parentId }) => parentId)).toEqual([request.id, request.id]);
        // The span of each service is below that of the call that it answered.
        for (const { id, name } of calls) {
          const answered = spans.filter(({ parentId }) => parentId === id);
          expect(answered.map(({ service, kind }) => [`POST ${service}`, kind])).toEqual([[name, 'SERVER']]);
        }
      });
    });
  }

  it('takes the spans of a product’s own services over OTLP, and is hidden from others', async () => {
    const { key } = await makeKey(root, ['traces:write']);
    const [traceId, spanId] = [hex(16), hex(8)];
    const now = BigInt(Date.now()) * 1_000_000n;
    const span = {
      traceId,
      spanId,
      name: 'GET /cart',
      kind: 2,
      startTimeUnixNano: String(now),
      endTimeUnixNano: String(now + 1_000_000n),
    };
    const resource = { attributes: [{ key: 'service.name', value: { stringValue: 'shop' } }] };
    const answer = await fetch(`${urls.monitoring}/v1/traces`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-api-key': key },
      body: JSON.stringify({ resourceSpans: [{ resource, scopeSpans: [{ spans: [span] }] }] }),
    });
    expect([answer.status, await answer.json()]).toEqual([200, {}]);
    const { trace } = await data<Shown, object>(query, { id: traceId }, root);
    expect(trace?.spans).toMatchObject([{ id: spanId, service: 'shop', name: 'GET /cart', kind: 'SERVER' }]);

    const { accessToken } = await somebody();
    expect(await failure(query, { id: traceId }, accessToken)).toBe('FORBIDDEN');
  });

  it('joins what a request wrote to the log, sent and stored, as far as the caller may see it', async () => {
    const traceId = hex(16);
    const headers = { traceparent: `00-${traceId}-${hex(8)}-01` };
    const username = `traced${hex(6)}`;
    const registered = await rest('POST', '/auth/register', {
      body: { username, email: `${username}@example.com`, password: 'a long enough secret' },
      headers,
    });
    expect(registered.status).toBe(201);
    const { access_token: token } = registered.body as unknown as { access_token: string };
    const { id: fileId } = await uploadFile(token, 'traced', { headers });
    const recipient = `${hex(8)}@example.com`;
    const sent = await rest('POST', '/notifications/send', {
      token: root,
      body: { channel: 'email', recipient, subject: 'Hi', content: 'Hello' },
      headers,
    });
    expect(sent.status).toBe(202);

    const joined = `query ($id: ID!) {
      trace(id: $id) {
        id
        spans { service name kind }
        logs(first: 100) { nodes { service } }
        notifications { nodes { recipient attempts { status } } }
        files { nodes { id } }
      }
    }`;
    interface Joined {
      trace: {
        spans: { service: string; name: string; kind: string }[];
        logs: { nodes: { service: string }[] };
        notifications: { nodes: { recipient: string; attempts: { status: string }[] }[] };
        files: { nodes: { id: string }[] };
      };
    }
    await eventually(async () => {
      const { trace } = await data<Joined, object>(joined, { id: traceId }, root);
      const services = new Set(trace?.logs.nodes.map(({ service }) => service));
      expect([...services].sort()).toEqual(['auth', 'files', 'gateway', 'notifications']);
      const delivered = trace.notifications.nodes.map(each => [each.recipient, each.attempts[0]?.status]);
      expect(new Map(delivered as [string, string][])).toEqual(
        new Map([
          [recipient, 'SENT'],
          [`${username}@example.com`, 'SENT'],
        ]),
      );
      expect(trace.files.nodes).toEqual([{ id: fileId }]);
      if (shape === 'embedded')
        expect(trace.spans).toContainEqual({
          service: 'notifications',
          name: 'process notifications.email',
          kind: 'CONSUMER',
        });
    });
    const { key } = await makeKey(root, ['traces:read']);
    const answer = await send<Joined, object>(joined, { id: traceId }, { key });
    expect(answer.data?.trace).toMatchObject({
      logs: null,
      notifications: { nodes: [] },
      files: { nodes: [] },
    });
  });
});
