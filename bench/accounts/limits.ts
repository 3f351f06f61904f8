import { availableParallelism } from 'node:os';
import { compare, hash } from 'bcrypt';
import BetterSqlite3 from 'better-sqlite3';
import pg from 'pg';
import { PostgresStatements } from '../../platform/postgres-statements';

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
): Promise<Record<'account' | 'rotation' | 'profile' | 'page', Limit>> {
  const statements = databaseUrl('auth').startsWith('sqlite:')
    ? sqlite(databaseUrl)
    : await postgres(databaseUrl('users'));
  const page = users.slice(0, 20).map(user => user.id);
  try {
    const measure = (name: keyof Omit<Statements, 'close'>) =>
      limitOf(seconds, turn => {
        const user = users[turn % users.length]!;
        return statements[name](name === 'rotation' ? user.sessionId : user.id, page);
      });
    return {
      account: await measure('account'),
      rotation: await measure('rotation'),
      profile: await measure('profile'),
      page: await measure('page'),
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
const profileColumns = 'id, user_id, first_name, last_name, phone, avatar_url, metadata, version, updated_at';
const rolesSql =
  'SELECT a.user_id, r.* FROM role_assignments a JOIN roles r ON r.id = a.role_id WHERE a.user_id IN ';

function sqlite(databaseUrl: (service: string) => string): Statements {
  const open = (service: string) => {
    const connection = new BetterSqlite3(databaseUrl(service).slice('sqlite:'.length));
    connection.pragma('synchronous = FULL');
    return connection;
  };
  const auth = open('auth');
  const users = open('users');
  const marks = (count: number) => `(${Array(count).fill('?').join(', ')})`;
  const account = auth.prepare(`${accountSql}?`);
  const rotation = auth.prepare(`${rotationSql}?`);
  const profile = users.prepare(`SELECT ${profileColumns} FROM profiles WHERE user_id = ?`);
  const roles = users.prepare(`${rolesSql}${marks(1)}`);
  const page = users.prepare(`SELECT ${profileColumns} FROM profiles ORDER BY created_at, user_id LIMIT 21`);
  const rolesOfPage = users.prepare(`${rolesSql}${marks(20)}`);
  return {
    account: id => account.get(id),
    rotation: id => rotation.run(id),
    profile: id => [profile.get(id), roles.all(id)],
    page: (_, ids) => [page.all(), rolesOfPage.all(...ids)],
    close: () => {
      auth.close();
      users.close();
    },
  };
}

async function postgres(url: string): Promise<Statements> {
  const pool = new pg.Pool({ connectionString: url, max: 10 });
  const statements = new PostgresStatements(pool);
  const account = `${accountSql.replace('accounts', 'auth.accounts')}?`;
  const rotation = `${rotationSql.replace('sessions', 'auth.sessions')}?`;
  const profile = `SELECT ${profileColumns} FROM users.profiles WHERE user_id = ?`;
  const page = `SELECT ${profileColumns} FROM users.profiles ORDER BY created_at, user_id LIMIT 21`;
  const roles = `${rolesSql.replace('role_assignments', 'users.role_assignments').replace('JOIN roles', 'JOIN users.roles')}(??)`;
  return {
    account: id => statements.read(account, [id]),
    rotation: id => statements.write(rotation, [id]),
    profile: id => Promise.all([statements.read(profile, [id]), statements.read(roles, [[id]])]),
    page: (_, ids) => Promise.all([statements.read(page, []), statements.read(roles, [ids])]),
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
