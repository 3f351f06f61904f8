import { systemClock } from '../../platform/clock';
import { Database } from '../../platform/database/database';
import { uuidv7 } from '../../platform/ids';
import { silentLogger } from '../../platform/observability/logger';
import { Keyring } from '../../platform/security/keyring';
import { newAccount } from '../../subgraphs/auth/accounts/account-rows';
import { migrations as authMigrations } from '../../subgraphs/auth/migrations';
import { Passwords } from '../../subgraphs/auth/passwords/passwords';
import { Secrets } from '../../subgraphs/auth/secrets';
import { RefreshTokens } from '../../subgraphs/auth/sessions/refresh-tokens';
import { AccountRow, entities as authEntities, SessionRow } from '../../subgraphs/auth/tables';
import { AccessTokens } from '../../subgraphs/auth/tokens/access-tokens';
import { SigningKeys } from '../../subgraphs/auth/tokens/signing-keys';
import { migrations as usersMigrations } from '../../subgraphs/users/migrations';
import {
  ProfileRow,
  RoleAssignmentRow,
  RoleRow,
  entities as usersEntities,
} from '../../subgraphs/users/tables';

export interface SeededUser {
  readonly id: string;
  readonly username: string;
  readonly sessionId: string;
  readonly accessToken: string;
  refreshToken: string;
}

export const password = 'the engine weaves';
const lifetimeSeconds = 3_600;
const batch = 500;

/**
 * Writes what the measurement reads: people with a session, a profile and two roles, as the services would have written
 * them, without waiting for a bcrypt hash of each.
 *
 * @param signedIn how many have an account and tokens; the others only fill the list of users
 */
export async function seed(
  databaseUrl: (service: string) => string,
  encryptionKeys: string,
  { signedIn, listed }: { signedIn: number; listed: number },
): Promise<SeededUser[]> {
  const keyring = new Keyring(encryptionKeys);
  const clock = systemClock;
  const users = await Database.open({
    url: databaseUrl('users'),
    service: 'users',
    entities: usersEntities,
    migrations: usersMigrations,
    clock,
  });
  const auth = await Database.open({
    url: databaseUrl('auth'),
    service: 'auth',
    entities: authEntities,
    migrations: authMigrations,
    clock,
  });
  try {
    const now = clock.now();
    const signingKeys = await SigningKeys.open(auth, keyring, silentLogger, 30);
    const accessTokens = new AccessTokens(
      signingKeys,
      { issuer: 'https://plinth.local', audience: 'plinth', ttlSeconds: lifetimeSeconds },
      clock,
    );
    const refreshTokens = new RefreshTokens((await Secrets.open(auth, keyring)).keyFor('refresh tokens'));
    const passwordHash = await new Passwords(12).hash(password);

    const accounts: AccountRow[] = [];
    const sessions: SessionRow[] = [];
    const seeded: SeededUser[] = [];
    for (let index = 0; index < signedIn; index++) {
      const username = `user${index}`;
      const account = newAccount(
        {
          username,
          email: `${username}@example.com`,
          passwordHash,
          roles: ['support', 'user'],
          permissions: ['users:read'],
        },
        now + index,
      );
      const session: SessionRow = {
        id: uuidv7(now + index),
        accountId: account.id,
        generation: 1,
        createdAt: now,
        authenticatedAt: null,
        lastSeenAt: now,
        rotatedAt: null,
        expiresAt: now + 30 * 24 * lifetimeSeconds * 1000,
        revokedAt: null,
        address: '127.0.0.1',
        userAgent: '',
      };
      accounts.push(account);
      sessions.push(session);
      seeded.push({
        id: account.id,
        username,
        sessionId: session.id,
        accessToken: accessTokens.issue(account, session).text,
        refreshToken: refreshTokens.write({ sessionId: session.id, generation: 1 }),
      });
    }
    await insert(auth, AccountRow, accounts);
    await insert(auth, SessionRow, sessions);

    const roleIds = await roles(users);
    const profiles: ProfileRow[] = [];
    const assignments: Omit<RoleAssignmentRow, 'role'>[] = [];
    for (let index = 0; index < listed; index++) {
      const createdAt = now + index;
      const userId = seeded[index]?.id ?? uuidv7(createdAt);
      const username = `user${index}`;
      profiles.push({
        id: uuidv7(createdAt),
        userId,
        username,
        usernameKey: username,
        email: `${username}@example.com`,
        isActive: true,
        createdAt,
        firstName: 'Ada',
        lastName: `Lovelace ${index}`,
        phone: null,
        locale: null,
        timeZone: null,
        avatarFileId: null,
        avatarUrl: `https://images.example.com/${index}.png`,
        metadata: { theme: 'dark', locale: 'en' },
        version: 1,
        updatedAt: createdAt,
      });
      for (const roleId of roleIds) {
        assignments.push({
          userId,
          roleId,
          createdAt,
          usernameKey: username,
          assignedAt: createdAt,
          assignedBy: null,
        });
      }
    }
    await insert(users, ProfileRow, profiles);
    await insert(users, RoleAssignmentRow, assignments);
    for (const each of [users, auth]) {
      if (each.kind === 'postgres') await each.read.query('ANALYZE');
    }
    return seeded;
  } finally {
    await users.close();
    await auth.close();
  }
}

async function roles(users: Database): Promise<string[]> {
  const support = {
    id: uuidv7(0),
    name: 'support',
    description: 'Reads everybody',
    permissions: ['users:read'],
    isSystem: false,
    version: 1,
  };
  await users.transaction(tx => tx.manager.insert(RoleRow, support));
  const { id } = await users.read.findOneByOrFail(RoleRow, { name: 'user' });
  return [id, support.id];
}

async function insert<Row extends object>(
  db: Database,
  row: new () => Row,
  rows: readonly object[],
): Promise<void> {
  for (let from = 0; from < rows.length; from += batch) {
    await db.transaction(tx =>
      tx.manager
        .createQueryBuilder()
        .insert()
        .into(row)
        .values(rows.slice(from, from + batch) as never)
        .updateEntity(false)
        .execute(),
    );
  }
}
