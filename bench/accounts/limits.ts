import { availableParallelism } from 'node:os';
import { compare, hash } from 'bcrypt';
import pg from 'pg';
import { PostgresStatements } from '../../platform/database/postgres-statements';
import { openSqlite } from '../../platform/database/sqlite-driver';

/** CPU-µs of the asking process for one request's statements, and how many of those a second; `null` where nothing is asked. */
export interface Limit {
  readonly perSecond: number;
  readonly cpu: number;
}

type Statement = (id: string, page: readonly string[]) => Promise<unknown> | unknown;

interface Statements {
  readonly account: Statement;
  readonly rotation: Statement;
  readonly profile: Statement;
  readonly page: Statement;
  readonly entities: Statement;
  close(): Promise<void> | void;
}

/**
 * The same rows with the prepared statements of platform/ and nothing around them: what no service here can be cheaper
 * than.
 *
 * @param users ids with an account, a session and a profile; as many statements run as fit into `seconds` for each
 */
export async function bareStatements(
  databaseUrl: (service: string) => string,
  users: readonly { id: string; sessionId: string }[],
  seconds: number,
): Promise<Record<'account' | 'rotation' | 'profile' | 'page' | 'entities', Limit>> {
  const statements = databaseUrl('auth').startsWith('sqlite:')
    ? sqlite(databaseUrl)
    : await postgres(databaseUrl('users'));
  const ids = users.map(user => user.id);
  const page = ids.slice(0, 20);
  const fifty = ids.slice(0, 50);
  try {
    const measure = (name: keyof Omit<Statements, 'close'>) =>
      limitOf(seconds, turn => {
        const user = users[turn % users.length]!;
        return statements[name](
          name === 'rotation' ? user.sessionId : user.id,
          name === 'page' ? page : fifty,
        );
      });
    return {
      account: await measure('account'),
      rotation: await measure('rotation'),
      profile: await measure('profile'),
      page: await measure('page'),
      entities: await measure('entities'),
    };
  } finally {
    await statements.close();
  }
}

/** As many at once as the load asks for. */
async function limitOf(seconds: number, work: (turn: number) => Promise<unknown> | unknown): Promise<Limit> {
  let turn = 0;
  const before = process.cpuUsage();
  const started = performance.now();
  const until = started + seconds * 1000;
  await Promise.all(
    Array.from({ length: 32 }, async () => {
      while (performance.now() < until) await work(turn++);
    }),
  );
  const { user, system } = process.cpuUsage(before);
  return { perSecond: turn / ((performance.now() - started) / 1000), cpu: (user + system) / turn };
}

const accountSql = 'SELECT id, username, email, is_active, created_at, last_login FROM accounts WHERE id = ';
const rotationSql = 'UPDATE sessions SET last_seen_at = last_seen_at + 1 WHERE id = ';
const profileColumns = 'user_id, first_name, last_name, avatar_url, metadata, version, updated_at';
const pageColumns = `${profileColumns}, created_at`;
const rolesSql = `SELECT roles.name, roles.description, holders.ids FROM roles JOIN (SELECT role_id, string_agg(user_id, ',') AS ids
  FROM role_assignments WHERE user_id IN (??) GROUP BY role_id) holders ON holders.role_id = roles.id`;

function sqlite(databaseUrl: (service: string) => string): Statements {
  const open = (service: string) => {
    const connection = openSqlite(databaseUrl(service).slice('sqlite:'.length));
    connection.pragma('synchronous = FULL');
    return connection;
  };
  const auth = open('auth');
  const users = open('users');
  const many = (sql: string) => {
    const statement = users.prepare(sql.replace('IN (??)', 'IN (SELECT value FROM json_each(?))')).raw();
    return (ids: readonly string[]) => statement.all(JSON.stringify(ids));
  };
  const account = auth.prepare(`${accountSql}?`);
  const rotation = auth.prepare(`${rotationSql}?`);
  const profile = users.prepare(`SELECT ${profileColumns} FROM profiles WHERE user_id = ?`);
  const profiles = many(`SELECT ${profileColumns} FROM profiles WHERE user_id IN (??)`);
  const roles = many(rolesSql);
  const page = users
    .prepare(`SELECT ${pageColumns} FROM profiles ORDER BY created_at, user_id LIMIT 21`)
    .raw();
  return {
    account: id => account.get(id),
    rotation: id => rotation.run(id),
    profile: id => [profile.get(id), roles([id])],
    page: (_, ids) => [page.all(), roles(ids)],
    entities: (_, ids) => [profiles(ids), roles(ids)],
    close: () => {
      auth.close();
      users.close();
    },
  };
}

async function postgres(url: string): Promise<Statements> {
  const pool = new pg.Pool({ connectionString: url, max: 10, pipeline: true });
  const statements = new PostgresStatements(pool);
  const account = `${accountSql.replace('accounts', 'auth.accounts')}?`;
  const rotation = `${rotationSql.replace('sessions', 'auth.sessions')}?`;
  const profile = `SELECT ${profileColumns} FROM users.profiles WHERE user_id = ?`;
  const profiles = `SELECT ${profileColumns} FROM users.profiles WHERE user_id IN (??)`;
  const page = `SELECT ${pageColumns} FROM users.profiles ORDER BY created_at, user_id LIMIT 21`;
  const roles = rolesSql
    .replace('FROM role_assignments', 'FROM users.role_assignments')
    .replace('FROM roles', 'FROM users.roles');
  return {
    account: id => statements.read(account, [id]),
    rotation: id => statements.write(rotation, [id]),
    profile: id => Promise.all([statements.read(profile, [id]), statements.read(roles, [[id]])]),
    page: (_, ids) => Promise.all([statements.read(page, []), statements.read(roles, [ids])]),
    entities: (_, ids) => Promise.all([statements.read(profiles, [ids]), statements.read(roles, [ids])]),
    close: () => pool.end(),
  };
}

/** Comparisons of a password with a hash of that cost, a second, on all threads: logins cannot be more. */
export async function bcryptLimit(cost: number, comparisons: number): Promise<number> {
  const stored = await hash('the engine weaves', cost);
  let left = comparisons;
  const started = performance.now();
  await Promise.all(
    Array.from({ length: Math.min(2, availableParallelism()) }, async () => {
      while (left-- > 0) await compare('the engine weaves', stored);
    }),
  );
  return comparisons / ((performance.now() - started) / 1000);
}
