import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { TestMonitoring } from '../testing/test-monitoring';

/** The service in a process that the test kills. */
class CrashingMonitoring extends TestMonitoring {
  /** @returns its URL, and how to kill it */
  async startProcess(): Promise<{ url: string; kill: () => Promise<void> }> {
    const variables = { ...this.environment, AUTH_URL: this.issuer.url };
    const child = spawn(
      process.execPath,
      [
        join(__dirname, '../../../platform/testing/typescript.js'),
        join(__dirname, '../testing/crash-process.ts'),
        JSON.stringify(variables),
      ],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    const [chunk] = (await once(child.stdout, 'data')) as [Buffer];
    return {
      url: chunk.toString().trim(),
      kill: async () => {
        const exited = once(child, 'exit');
        child.kill('SIGKILL');
        await exited;
      },
    };
  }
}

const monitoring = new CrashingMonitoring();

beforeAll(() => monitoring.prepare(), 60_000);
afterAll(() => monitoring.close());

it('has every acknowledged entry after SIGKILL under concurrent writers, and searches find them', async () => {
  const acknowledged = new Set<string>();
  const token = monitoring.may('logs:write');
  for (let round = 0; round < 3; round++) {
    const { url, kill } = await monitoring.startProcess();
    let isKilled = false;
    let enough: () => void = () => {};
    const wrote = new Promise<void>(resolve => {
      enough = resolve;
    });
    const write = async (writer: number): Promise<void> => {
      for (let request = 0; !isKilled; request++) {
        const ids = Array.from(
          { length: 1 + (request % 20) },
          (_, at) => `r${round}w${writer}n${request}x${at}`,
        );
        const body = JSON.stringify(
          ids.map(id => ({ service: 'crash', level: 'info', message: `unique ${id}`, metadata: { id } })),
        );
        const headers = { 'content-type': 'application/json', authorization: `Bearer ${token}` };
        const answer = await fetch(`${url}/logs`, { method: 'POST', headers, body }).catch(() => undefined);
        // The connection breaks when the process is killed.
        if (answer === undefined) return;
        expect(answer.status).toBe(202);
        for (const id of ids) acknowledged.add(id);
        if (request === 15) enough();
      }
    };
    const writers = Array.from({ length: 8 }, (_, writer) => write(writer));
    await wrote;
    await kill();
    isKilled = true;
    await Promise.all(writers);
  }
  await monitoring.restart();
  const stored = new Set<string>();
  const query = `query ($after: String) { logs(first: 100, after: $after, filter: { text: "unique" }) {
    nodes { metadata } pageInfo { hasNextPage endCursor } } }`;
  for (let cursor: string | null = null, more = true; more; ) {
    const { data } = await page(query, cursor);
    for (const { metadata } of data.logs.nodes) stored.add(metadata.id);
    cursor = data.logs.pageInfo.endCursor;
    more = data.logs.pageInfo.hasNextPage;
  }
  expect(acknowledged.size).toBeGreaterThan(100);
  expect([...acknowledged].filter(id => !stored.has(id))).toEqual([]);
}, 60_000);

function page(query: string, after: string | null) {
  return monitoring.graphql<{
    logs: {
      nodes: { metadata: { id: string } }[];
      pageInfo: { hasNextPage: boolean; endCursor: string };
    };
  }>(monitoring.may('logs:read'), query, { after });
}
