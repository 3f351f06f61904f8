/**
 * How long a search takes: `GET /users/search?q=` at the users service, over HTTP, one after another, among 100,000 people
 * on both databases: 520 texts, each the better of two. People and texts are the same at each run.
 * `npm run bench:search -- [people]`
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../platform/clock';
import { Database } from '../platform/database/database';
import { openSqlite } from '../platform/database/sqlite-driver';
import { silentLogger } from '../platform/observability/logger';
import { openProcessContext } from '../platform/process';
import { Keyring } from '../platform/security/keyring';
import { newPostgresDatabase, withClient } from '../platform/testing/backend';
import { startPostgres } from '../platform/testing/servers';
import { TokenIssuer } from '../platform/testing/token-issuer';
import { readUsersConfig } from '../subgraphs/users/config';
import { startUsers } from '../subgraphs/users/main';
import { migrations } from '../subgraphs/users/migrations';
import { entities } from '../subgraphs/users/tables';

interface Person {
  userId: string;
  username: string;
  email: string;
  firstName: string;
  lastName: string;
}

const firstNames =
  'Maria Anna José Mohammed Ana Anne Luis Elena Peter Paul Hans Julia Laura Sofía Lucas Emma Olivia Noah Liam Mia Lena Jan Marta Piotr Zoë Chloé René Björn Søren Łukasz Jürgen Agnès İbrahim Ayşe Ngọc Nguyễn Wei Li Yuki Haruto Aleksandra Dmitri Ольга Иван Екатерина Γιώργος 小明 美咲 민준 Fatima Omar Yusuf Aisha Priya Rahul Sanjay John Jack James Robert Michael William David Richard Joseph Thomas Charles Christopher Daniel Matthew Anthony Mark Steven Andrew Joshua Kenneth Kevin Brian Mary Patricia Jennifer Linda Elizabeth Barbara Susan Jessica Sarah Karen Nancy Lisa Betty Margaret Sandra Ashley'.split(
    ' ',
  );
const lastNames =
  "García Müller Smith Johnson Williams Brown Jones Davis Rodríguez Martínez Hernández López González Wilson Anderson Taylor Moore Jackson Martin Lee Pérez Thompson White Harris Sánchez Clark Ramírez Lewis Robinson Walker Young Allen King Wright Scott Torres Nguyen Hill Flores Green Adams Nelson Baker Hall Rivera Campbell Mitchell Carter Roberts Schmidt Schneider Fischer Weber Meyer Wagner Becker Schulz Hoffmann Koch Bauer Straße Kowalski Nowak Wiśniewski Dvořák Novák Horváth Szabó Nagy Ivanov Иванов Петрова Παπαδόπουλος O'Brien O'Connor MacDonald Østergaard Lindqvist Håkansson Yılmaz Kaya Öztürk Wang Zhang 李 田中 佐藤 김 Park Choi Khan Patel Singh Kumar Schwarzenegger Featherstonehaugh".split(
    ' ',
  );
const syllables =
  'ba be bo da de di do fa fe ga go ha he jo ka ke ki ko la le li lo ma me mi mo na ne ni no pa pe ra re ri ro sa se si so ta te ti to va ve vi wa we ya yo za zu shan ber ton lin mar der sen berg stein ford'.split(
    ' ',
  );

/** The same numbers at each run (mulberry32). */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Half of the people have one of the listed names, the first ones far more often; the others' are made up. */
function peopleOf(count: number): Person[] {
  const random = randomFrom(1);
  const listed = (names: string[]) => names[Math.floor(names.length * random() ** 2)]!;
  const invented = () => {
    const length = 2 + Math.floor(random() * 3);
    const name = Array.from({ length }, () => syllables[Math.floor(random() * syllables.length)]!).join('');
    return name[0]!.toUpperCase() + name.slice(1);
  };
  return Array.from({ length: count }, (_, at) => {
    const firstName = random() < 0.5 ? listed(firstNames) : invented();
    const lastName = random() < 0.5 ? listed(lastNames) : invented();
    const plain = `${firstName}.${lastName}`
      .normalize('NFKD')
      .replace(/[^A-Za-z.]/g, '')
      .toLowerCase();
    const username = `${plain.replace(/^\.|\.$/, 'x')}${at}`;
    const userId = `01900000-0000-7000-8000-${at.toString(16).padStart(12, '0')}`;
    const host = ['gmail.com', 'example.com', 'outlook.com', 'work.example.org'][Math.floor(random() * 4)];
    return { userId, username, email: `${username}@${host}`, firstName, lastName };
  });
}

/** What people type, about people who are there. */
function textsOf(people: Person[]): Record<string, string[]> {
  const random = randomFrom(2);
  const somebody = () => people[Math.floor(random() * people.length)]!;
  const mistaken = (word: string) => {
    const letters = [...word];
    const at = Math.floor(random() * (letters.length - 1));
    const [here, next] = [letters[at]!, letters[at + 1]!];
    letters.splice(
      at,
      2,
      ...[[next, here], [here], ['e', next], [here, here, next]][Math.floor(random() * 4)]!,
    );
    return letters.join('');
  };
  const long = (name: string) => ([...name].length >= 4 ? name : 'Johnson');
  const kinds: Record<string, () => string> = {
    'one letter': () => [...somebody().firstName][0]!,
    'two letters': () => [...somebody().lastName].slice(0, 2).join(''),
    'beginning of a name': () => [...long(somebody().lastName)].slice(0, 4).join(''),
    'a name': () => somebody().firstName,
    'a name, mistyped': () => mistaken(long(somebody().lastName)),
    'part of a name': () => [...long(somebody().lastName)].slice(1, 5).join(''),
    'first and last name': () => {
      const { firstName, lastName } = somebody();
      return `${firstName} ${lastName}`;
    },
    'both, mistyped': () => {
      const { firstName, lastName } = somebody();
      return `${mistaken(long(firstName))} ${mistaken(long(lastName))}`;
    },
    'first name and a letter': () => {
      const { firstName, lastName } = somebody();
      return `${firstName} ${[...lastName][0]}`;
    },
    username: () => somebody().username,
    'email address': () => somebody().email,
    'beginning of an address': () => somebody().email.slice(0, 9),
    'nobody there': () => `${mistaken('qwertzuiop')}${mistaken('asdfghjkl')}`,
  };
  return Object.fromEntries(
    Object.entries(kinds).map(([kind, text]) => [kind, Array.from({ length: 40 }, text)]),
  );
}

/** As the release before the search left it. */
async function seed(url: string, people: Person[]): Promise<void> {
  const before = await Database.open({
    url,
    service: 'users',
    entities,
    migrations: migrations.slice(0, 1),
    clock: systemClock,
  });
  await before.close();
  const columns = `id, user_id, username, username_key, email, is_active, created_at, first_name, last_name, updated_at`;
  const rows = JSON.stringify(
    people.map(({ userId, username, email, firstName, lastName }) => [
      userId,
      username,
      email,
      firstName,
      lastName,
    ]),
  );
  if (url.startsWith('sqlite:')) {
    const db = openSqlite(url.slice('sqlite:'.length));
    db.prepare(
      `INSERT INTO profiles (${columns}) SELECT value->>0, value->>0, value->>1, value->>1, value->>2, 1, key, value->>3, value->>4, key FROM json_each(?)`,
    ).run(rows);
    db.close();
    return;
  }
  await withClient(url, async client => {
    await client.query(
      `INSERT INTO users.profiles (${columns}) SELECT p->>0, p->>0, p->>1, p->>1, p->>2, true, n, p->>3, p->>4, n
       FROM json_array_elements($1::json) WITH ORDINALITY AS e(p, n)`,
      [rows],
    );
    await client.query('ANALYZE');
  });
}

const milliseconds = (from: bigint) => Number(process.hrtime.bigint() - from) / 1e6;

async function measure(url: string, folder: string, people: Person[], texts: Record<string, string[]>) {
  await seed(url, people);
  const issuer = await TokenIssuer.start();
  const config = readUsersConfig('embedded', {
    USERS_PORT: '0',
    USERS_DATABASE_URL: url,
    AUTH_URL: issuer.url,
    DATA_DIR: folder,
    LOG_LEVEL: 'silent',
    ENCRYPTION_KEYS: Keyring.generate('bench'),
  });
  const shared = openProcessContext({ redisUrl: undefined, logger: silentLogger });
  const start = process.hrtime.bigint();
  const service = await startUsers(config, shared);
  const migrated = milliseconds(start);
  const headers = {
    authorization: `Bearer ${issuer.token({ permissions: ['users:read'], expiresIn: 3_600 })}`,
  };
  const search = async (q: string) => {
    const begun = process.hrtime.bigint();
    const response = await fetch(`${service.url}/search?q=${encodeURIComponent(q)}`, { headers });
    const body = (await response.json()) as { items: { id: string }[] };
    if (response.status !== 200) throw new Error(`${q}: ${response.status} ${JSON.stringify(body)}`);
    return { ids: body.items.map(each => each.id), took: milliseconds(begun) };
  };
  for (const some of Object.values(texts)) for (const q of some.slice(0, 5)) await search(q);
  const times: Record<string, number[]> = {};
  const answers: Record<string, string[]> = {};
  const before = process.cpuUsage();
  for (const [kind, some] of Object.entries(texts)) {
    times[kind] = [];
    for (const q of some) {
      const { ids, took } = await search(q);
      const again = await search(q);
      // The machine is shared: of two times the shorter one is what the search takes.
      times[kind].push(Math.min(took, again.took));
      answers[q] = ids;
    }
  }
  const { user, system } = process.cpuUsage(before);
  const cpu = (user + system) / 1000 / (2 * Object.values(texts).flat().length);
  await service.stop();
  await shared.close();
  await issuer.close();
  return { migrated, times, answers, cpu };
}

function percentile(times: number[], part: number): string {
  const sorted = [...times].sort((left, right) => left - right);
  return sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * part) - 1)]!.toFixed(1);
}

async function main(): Promise<void> {
  const count = Number(process.argv[2] ?? 100_000);
  const people = peopleOf(count);
  const texts = textsOf(people);
  const folder = await mkdtemp(join(tmpdir(), 'plinth-bench-'));
  const postgres = await startPostgres();
  try {
    const sqlite = await measure(`sqlite:${join(folder, 'users.db')}`, folder, people, texts);
    const { url } = await newPostgresDatabase(postgres.url, 'bench');
    const server = await measure(url, folder, people, texts);
    const different = Object.keys(sqlite.answers).filter(
      q => sqlite.answers[q]!.join() !== server.answers[q]!.join(),
    );
    if (different.length > 0) throw new Error(`The databases answer differently: ${different.join(', ')}`);
    const seconds = [sqlite, server].map(({ migrated }) => (migrated / 1000).toFixed(0));
    const cpu = [sqlite, server].map(each => each.cpu.toFixed(1));
    console.log(
      `${count} people, ms a search, on ${cpus().length} cores with a load of ${loadavg()[0]!.toFixed(1)}.`,
    );
    console.log('Both databases gave the same answers in the same order.');
    console.log(`CPU-ms a search of client and service: ${cpu[0]} on SQLite, ${cpu[1]} beside PostgreSQL.`);
    console.log(`The migration took ${seconds[0]} s on SQLite, ${seconds[1]} s on PostgreSQL.\n`);
    console.log('| searched for | SQLite p50 | p95 | PostgreSQL p50 | p95 |\n|---|---|---|---|---|');
    const rows = [...Object.keys(texts), 'all of them'];
    const timesOf = (all: Record<string, number[]>, kind: string) => all[kind] ?? Object.values(all).flat();
    for (const kind of rows) {
      const cells = [sqlite, server].flatMap(({ times }) =>
        [0.5, 0.95].map(part => percentile(timesOf(times, kind), part)),
      );
      console.log(`| ${[kind, ...cells].join(' | ')} |`);
    }
  } finally {
    await postgres.close();
    await rm(folder, { recursive: true, force: true });
  }
}

void main();
