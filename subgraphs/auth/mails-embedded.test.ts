import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { ManualClock } from '../../platform/clock';
import { Database } from '../../platform/database/database';
import { openSqlite } from '../../platform/database/sqlite-driver';
import { Authenticated } from '../../platform/security/caller';
import { Keyring } from '../../platform/security/keyring';
import { AccountTokens } from './accounts/account-tokens';
import { Administrators } from './accounts/administrators';
import { MailLimits } from './accounts/mail-limits';
import { ExpiredRows } from './expired-rows';
import { migrations } from './migrations';
import { Passwords } from './passwords/passwords';
import { recordSecurityEvent, SecurityEventType } from './security-events/security-event';
import { SecurityEvents } from './security-events/security-events';
import { isNewDevice } from './sessions/new-devices';
import { entities } from './tables';
import type { Reset } from './testing/resets-process';
import { TestAuth } from './testing/test-auth';

const day = 24 * 60 * 60_000;
const client = { address: '198.51.100.7', userAgent: 'a test' };

describe('emails, passwords and security events on their own database', () => {
  let folder: string;
  let places = 0;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'plinth-auth-mails-'));
  });

  afterAll(() => rm(folder, { recursive: true, force: true }));

  const open = async () => {
    const path = join(folder, `${places++}.db`);
    const clock = new ManualClock(Date.now());
    const db = await Database.open({ url: `sqlite:${path}`, service: 'auth', entities, migrations, clock });
    const account = await new Administrators(db, new Passwords(4)).create({
      username: 'ada',
      email: 'ada@example.com',
      password: 'a long enough secret',
    });
    const count = (table: string) => {
      const reader = openSqlite(path, { readonly: true });
      const { rows } = reader.prepare(`SELECT count(*) AS rows FROM ${table}`).get() as { rows: number };
      reader.close();
      return rows;
    };
    return { db, clock, account, count };
  };

  it.each([1, 4, 8])(
    'after kill -9 at the %s. answer, each password is old with its link good, or new with all of it',
    async answers => {
      const data = join(folder, `killed-${answers}`);
      const encryptionKeys = Keyring.generate('test');
      const child = spawn(
        process.execPath,
        [
          join(__dirname, '../../platform/testing/typescript.js'),
          join(__dirname, 'testing/resets-process.ts'),
          data,
          encryptionKeys,
        ],
        { stdio: ['ignore', 'pipe', 'inherit'] },
      );
      const exited = once(child, 'exit');
      let resets: Reset[] | undefined;
      const answered: string[] = [];
      for await (const line of createInterface({ input: child.stdout })) {
        if (resets === undefined) resets = JSON.parse(line) as Reset[];
        else answered.push(line);
        if (answered.length === answers) child.kill('SIGKILL');
      }
      await exited;
      const auth = new TestAuth({ DATA_DIR: data, ENCRYPTION_KEYS: encryptionKeys });
      await auth.start();
      try {
        for (const [i, { user, token, newPassword }] of resets!.entries()) {
          const signsIn = async (password: string) =>
            (await auth.requestLogIn(user.username, password)).status === 200;
          const isNew = await signsIn(newPassword);
          expect(await signsIn(user.password)).toBe(!isNew);
          if (answered.includes(String(i))) expect(isNew).toBe(true);
          expect((await auth.refresh(user.refreshToken)).status).toBe(isNew ? 401 : 200);
          const again = await auth.graphql(
            undefined,
            'mutation ($t: String!) { resetPassword(token: $t, newPassword: "a third long secret") }',
            { t: token },
          );
          expect(again.code).toBe(isNew ? 'ACCOUNT_TOKEN_INVALID' : undefined);
          const { accessToken } = await auth.logIn({
            ...user,
            password: isNew ? newPassword : 'a third long secret',
          });
          const { text } = await auth.graphql(
            accessToken,
            '{ me { emailVerified securityEvents { nodes { type } } } }',
          );
          expect(text).toContain('"emailVerified":true');
          expect(text.match(/"PASSWORD_RESET"/g)).toHaveLength(1);
        }
      } finally {
        await auth.close();
      }
    },
    60_000,
  );

  it('removes what has expired, and nothing before', async () => {
    const { db, clock, account, count } = await open();
    const tokens = new AccountTokens(new Keyring(Keyring.generate()), clock);
    const limits = new MailLimits(db, Buffer.alloc(32, 1));
    const expiredRows = new ExpiredRows(db, { prune: async () => {} }, 400);
    const left = async () => {
      await expiredRows.prune();
      return ['account_tokens', 'mail_limits', 'known_devices', 'security_events'].map(count);
    };
    await db.transaction(async tx => {
      await tokens.issue(tx, 'reset-password', account);
      await tokens.issue(tx, 'verify-email', account);
      await tokens.issue(tx, 'invitation', account);
      await limits.takeFromAddress(tx, client.address);
      await isNewDevice(db, tx, clock.now(), account.id, client);
    });
    expect(await left()).toEqual([3, 1, 1, 1]);
    clock.advance(60 * 60_000 + 1);
    expect(await left()).toEqual([2, 0, 1, 1]);
    clock.advance(3 * day);
    expect(await left()).toEqual([1, 0, 1, 1]);
    clock.advance(4 * day);
    expect(await left()).toEqual([0, 0, 1, 1]);
    clock.advance(174 * day);
    await db.transaction(tx =>
      recordSecurityEvent(tx, clock.now(), {
        accountId: account.id,
        type: SecurityEventType.SIGNED_IN,
        client,
      }),
    );
    expect(await left()).toEqual([0, 0, 0, 2]);
    clock.advance(220 * day);
    expect(await left()).toEqual([0, 0, 0, 1]);
    await db.close();
  });

  it('reads the trails of a hundred accounts in two queries', async () => {
    const { db, account } = await open();
    const query = jest.spyOn(db.read, 'query');
    const find = jest.spyOn(db.read, 'find');
    const others = Array.from({ length: 99 }, (_, i) => `somebody-${i}`);
    const permissions = ['security-events:read'];
    const auditor = new Authenticated({ kind: 'service', id: 'auditor', permissions, isCurrent: () => true });
    const pages = await new SecurityEvents(db).pagesOf(auditor, [...others, account.id], { first: 100 });
    expect(pages.map(({ nodes }) => nodes.length)).toEqual([...others.map(() => 0), 1]);
    expect(query.mock.calls.length + find.mock.calls.length).toBe(2);
    await db.close();
  });

  it('walks the index of an account, and of a type, for a page', async () => {
    const { db } = await open();
    const plan = async (sql: string) =>
      JSON.stringify(await db.read.query(`EXPLAIN QUERY PLAN SELECT id FROM security_events WHERE ${sql}`));
    expect(await plan("account_id = 'x' AND id < 'y' ORDER BY id DESC LIMIT 21")).toContain(
      'ix__security_events__account_id__id (account_id=? AND id<?)',
    );
    expect(await plan("type = 'x' AND id >= 'y' ORDER BY id DESC LIMIT 21")).toContain(
      'ix__security_events__type__id (type=? AND id>?)',
    );
    await db.close();
  });
});
