/**
 * What reading accounts and profiles costs: requests a second and CPU-µs of one service process, asked directly over HTTP
 * by another process, with SQLite and with PostgreSQL (and Redis), each request as another user with their own token.
 * `npm run bench:accounts -- --help`
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Keyring } from '../platform/security/keyring';
import { freePort } from '../platform/testing/free-port';
import { startPostgres, startRedis, type TestServer } from '../platform/testing/servers';
import { bareStatements, bcryptLimit, type Limit } from './accounts/limits';
import { drive, graphqlRequest, type Measured, type Traffic } from './accounts/load';
import type { Usage } from './accounts/measured-process';
import { password, type SeededUser, seed } from './accounts/seed';

const help = `npm run bench:accounts -- [options]

  --database sqlite|postgres   one of them; both by default
  --only <text>                operations whose name contains the text
  --rounds <number>            rounds after the one that warms up; the best counts (3)
  --requests <number>          of each operation in each round, four times as many to warm up (3000)
  --connections <number>       keep-alive connections, one request at a time on each (32)
  --users <number>             people who ask (2000)
  --json <file>                writes the figures there as well
  --profile <folder>           writes a V8 CPU profile of each service process there
  --help
`;

const bcryptCost = 12;
const listed = 20_200;

interface Options {
  readonly rounds: number;
  readonly requests: number;
  readonly connections: number;
  readonly users: number;
  readonly only: string;
  readonly profile: string | undefined;
}

interface Service {
  readonly port: number;
  usage(): Promise<Usage>;
  stop(): Promise<void>;
}

interface Row {
  readonly operation: string;
  readonly perSecond: number;
  readonly cpu: number;
  readonly p50: number;
  readonly p99: number;
}

const profileFields = 'firstName lastName avatarUrl metadata version updatedAt';
const userFields = `id profile { ${profileFields} } roles { name description } `;
const me = '{ me { id username email isActive createdAt lastLogin } }';
const validateToken = '{ validateToken { active userId roles permissions expiresAt reason } }';
const refresh =
  'mutation ($token: String!) { refresh(refreshToken: $token) { accessToken refreshToken tokenType expiresIn } }';
const login =
  'mutation ($input: LoginInput!) { login(input: $input) { accessToken refreshToken user { id username } } }';
const user = `query ($id: ID!) { user(id: $id) { ${userFields} } }`;
const users = `query ($first: Int, $after: String) { users(first: $first, after: $after) { nodes { ${userFields} } pageInfo { hasNextPage endCursor } } }`;
const profileEntities = `query ($representations: [_Any!]!) { _entities(representations: $representations) { ... on User { ${userFields} } } }`;
const accountEntities =
  'query ($representations: [_Any!]!) { _entities(representations: $representations) { ... on User { username email isActive lastLogin } } }';

/** Every request as the next user. */
function inTurn(
  seeded: readonly SeededUser[],
  query: string,
  variables?: (user: SeededUser, turn: number) => object,
): Traffic {
  const requests = seeded.map((each, turn) =>
    graphqlRequest(
      {
        query,
        ...(variables === undefined ? {} : { variables: variables(each, turn) as Record<string, unknown> }),
      },
      each.accessToken,
    ),
  );
  let turn = 0;
  return { next: () => ({ request: requests[turn++ % requests.length]! }) };
}

/** A refresh token is good once: each answer brings its user's next one, and a user waits for their turn. */
function refreshing(seeded: readonly SeededUser[]): Traffic {
  const waiting = [...seeded];
  return {
    next: () => {
      const each = waiting.shift()!;
      return {
        request: graphqlRequest({ query: refresh, variables: { token: each.refreshToken } }),
        answered: body => {
          each.refreshToken = /"refreshToken":"([^"]+)"/.exec(body.toString('latin1'))![1]!;
          waiting.push(each);
        },
      };
    },
  };
}

async function traffics(
  seeded: SeededUser[],
  usersPort: number,
): Promise<Record<string, Record<string, Traffic>>> {
  const fifty = (turn: number) => ({
    representations: Array.from({ length: 50 }, (_, index) => ({
      __typename: 'User',
      id: seeded[(turn * 50 + index) % seeded.length]!.id,
    })),
  });
  const deep = await cursorAfter(19_980, usersPort, seeded[0]!);
  return {
    auth: {
      me: inTurn(seeded, me),
      validateToken: inTurn(seeded, validateToken),
      refresh: refreshing(seeded),
      '_entities of 50, accounts': inTurn(seeded, accountEntities, (_, turn) => fifty(turn)),
    },
    users: {
      'user(id)': inTurn(seeded, user, each => ({ id: each.id })),
      'users(first: 20)': inTurn(seeded, users, () => ({ first: 20 })),
      'users(first: 20), page 1,000': inTurn(seeded, users, () => ({ first: 20, after: deep })),
      '_entities of 50, profiles': inTurn(seeded, profileEntities, (_, turn) => fifty(turn)),
    },
  };
}

async function cursorAfter(count: number, port: number, reader: SeededUser): Promise<string> {
  let after: string | undefined;
  for (let left = count; left > 0; left -= 100) {
    const response = await fetch(`http://127.0.0.1:${port}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${reader.accessToken}` },
      body: JSON.stringify({
        query:
          'query ($first: Int, $after: String) { users(first: $first, after: $after) { pageInfo { endCursor } } }',
        variables: { first: Math.min(left, 100), after },
      }),
    });
    const { data } = (await response.json()) as { data: { users: { pageInfo: { endCursor: string } } } };
    after = data.users.pageInfo.endCursor;
  }
  return after!;
}

async function start(
  what: string,
  shape: 'embedded' | 'alone',
  folder: string,
  env: NodeJS.ProcessEnv,
  profile?: string,
): Promise<Service> {
  const log = openSync(join(folder, `${what}.log`), 'a');
  const child: ChildProcess = fork(join(__dirname, 'accounts', 'measured-process.js'), [what, shape], {
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['ignore', log, 'inherit', 'ipc'],
    execArgv: profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profile}`],
  });
  const gone = once(child, 'exit');
  const nextMessage = async <T>(): Promise<T> => {
    const ended = gone.then(() => Promise.reject(new Error(`${what} ended`)));
    const [message] = await Promise.race([once(child, 'message'), ended]);
    return message as T;
  };
  const { port } = await nextMessage<{ port: number }>();
  return {
    port,
    usage: () => {
      const usage = nextMessage<Usage>();
      child.send('usage');
      return usage;
    },
    stop: async () => {
      child.send('stop');
      await gone;
    },
  };
}

async function measureRound(
  service: Service,
  traffic: Traffic,
  options: { connections: number; requests: number },
): Promise<Measured & { cpu: number }> {
  const before = await service.usage();
  const measured = await drive(service.port, traffic, options);
  const after = await service.usage();
  return { ...measured, cpu: (after.cpu - before.cpu) / measured.requests };
}

/** Interleaved, so that what else the machine does meanwhile is shared by all; the best round counts. */
async function measure(
  services: Record<string, Service>,
  operations: Record<string, Record<string, Traffic>>,
  { rounds, requests, connections, only }: Options,
): Promise<Row[]> {
  const best = new Map<string, Row>();
  for (let round = 0; round <= rounds; round++) {
    for (const [name, traffics] of Object.entries(operations)) {
      for (const [operation, traffic] of Object.entries(traffics)) {
        if (!operation.includes(only)) continue;
        // The first round only warms up: by a count, since on a busy machine a time may not be enough for V8.
        const measured = await measureRound(services[name]!, traffic, {
          connections,
          requests: round === 0 ? requests * 4 : requests,
        });
        if (round === 0) continue;
        const { p50, p99, cpu } = measured;
        const perSecond = measured.requests / measured.seconds;
        const known = best.get(operation);
        best.set(operation, {
          operation,
          perSecond: Math.max(known?.perSecond ?? 0, perSecond),
          cpu: Math.min(known?.cpu ?? Number.POSITIVE_INFINITY, cpu),
          p50: Math.min(known?.p50 ?? Number.POSITIVE_INFINITY, p50),
          p99: Math.min(known?.p99 ?? Number.POSITIVE_INFINITY, p99),
        });
      }
    }
  }
  return [...best.values()];
}

interface Result {
  readonly rows: readonly Row[];
  readonly logins: { readonly perSecond: number; readonly bcryptLimit: number };
  readonly bare: Record<string, Limit>;
  /** Megabytes at the end. */
  readonly rss: Record<string, number>;
}

async function run(database: 'sqlite' | 'postgres', options: Options): Promise<Result> {
  const folder = mkdtempSync(join(tmpdir(), 'plinth-bench-'));
  const servers: TestServer[] = [];
  const running: Record<string, Service> = {};
  try {
    const keys = Keyring.generate();
    const authPort = await freePort();
    const common: NodeJS.ProcessEnv = {
      DATA_DIR: folder,
      ENCRYPTION_KEYS: keys,
      AUTH_PORT: String(authPort),
      USERS_PORT: String(await freePort()),
      ACCESS_TOKEN_TTL: '3600',
      BCRYPT_COST: String(bcryptCost),
    };
    if (database === 'postgres') {
      const [postgres, redis] = await Promise.all([startPostgres(), startRedis()]);
      servers.push(postgres, redis);
      common['DATABASE_URL'] = postgres.url;
      common['REDIS_URL'] = redis.url;
    }
    const databaseUrl = (service: string): string =>
      common['DATABASE_URL'] ?? `sqlite:${join(folder, `${service}.db`)}`;
    const shape = database === 'postgres' ? 'alone' : 'embedded';
    const seeded = await seed(databaseUrl, keys, { signedIn: options.users, listed });
    const bare = await bareStatements(databaseUrl, seeded, 1);
    for (const name of ['auth', 'users']) {
      running[name] = await start(name, shape, folder, common, options.profile);
    }
    const rows = await measure(running, await traffics(seeded, running['users']!.port), options);
    const logins = await measureRound(
      running['auth']!,
      inTurn(seeded, login, each => ({ input: { username: each.username, password } })),
      { connections: 4, requests: 20 },
    );
    const rss: Record<string, number> = {};
    for (const [name, service] of Object.entries(running)) rss[name] = (await service.usage()).rss / 1e6;
    return {
      rows,
      logins: {
        perSecond: logins.requests / logins.seconds,
        bcryptLimit: await bcryptLimit(bcryptCost, 20),
      },
      bare,
      rss,
    };
  } finally {
    for (const service of Object.values(running)) await service.stop();
    for (const server of servers) await server.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A bare node:http server with an answer as long as that of `me`: what no service on node:http can be cheaper than. */
async function constantAnswer(options: Options): Promise<Row | undefined> {
  const folder = mkdtempSync(join(tmpdir(), 'plinth-bench-'));
  const server = await start('constant', 'embedded', folder, {
    ANSWER: JSON.stringify({ data: 'x'.repeat(190) }),
  });
  try {
    const request = graphqlRequest({ query: me }, 'x'.repeat(400));
    const services = { constant: server };
    const traffic = { constant: { 'bare node:http': { next: () => ({ request }) } } };
    return (await measure(services, traffic, { ...options, only: '' }))[0];
  } finally {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

function print(database: string, { rows, logins, bare, rss }: Result): void {
  console.log(`\n${database}`);
  console.table(
    Object.fromEntries(
      rows.map(({ operation, perSecond, cpu, p50, p99 }) => [
        operation,
        {
          'requests/s': Math.round(perSecond),
          'CPU-µs': Math.round(cpu),
          'requests/s of one core': Math.round(1e6 / cpu),
          'p50 ms': Number(p50.toFixed(1)),
          'p99 ms': Number(p99.toFixed(1)),
        },
      ]),
    ),
  );
  for (const [name, { perSecond, cpu }] of Object.entries(bare)) {
    console.log(`bare statements, ${name}: ${Math.round(perSecond)}/s, ${cpu.toFixed(1)} CPU-µs`);
  }
  console.log(
    `logins: ${logins.perSecond.toFixed(1)}/s; bcrypt of cost ${bcryptCost} alone: ${logins.bcryptLimit.toFixed(1)}/s`,
  );
  console.log(
    `memory: ${Object.entries(rss)
      .map(([name, megabytes]) => `${name} ${Math.round(megabytes)} MB`)
      .join(', ')}`,
  );
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      database: { type: 'string' },
      only: { type: 'string', default: '' },
      rounds: { type: 'string', default: '3' },
      requests: { type: 'string', default: '3000' },
      connections: { type: 'string', default: '32' },
      users: { type: 'string', default: '2000' },
      json: { type: 'string' },
      profile: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    console.log(help);
    return;
  }
  const options: Options = {
    rounds: Number(values.rounds),
    requests: Number(values.requests),
    connections: Number(values.connections),
    users: Number(values.users),
    only: values.only,
    profile: values.profile,
  };
  const results: Record<string, unknown> = {};
  const limit = await constantAnswer(options);
  results['constant'] = limit;
  console.log(
    `bare node:http, constant answer: ${Math.round(limit!.perSecond)}/s, ${Math.round(limit!.cpu)} CPU-µs`,
  );
  for (const database of ['sqlite', 'postgres'] as const) {
    if (values.database !== undefined && values.database !== database) continue;
    const result = await run(database, options);
    results[database] = result;
    print(database, result);
  }
  if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(results, undefined, 2)}\n`);
}

main().catch(error => {
  console.error(error);
  process.exitCode = 1;
});
