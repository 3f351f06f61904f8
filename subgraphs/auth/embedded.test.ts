import { spawn } from 'node:child_process';
import { generateKeyPairSync, sign } from 'node:crypto';
import { once } from 'node:events';
import fs from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Secret, TOTP } from 'otpauth';
import { ManualClock } from '../../platform/clock';
import { ConfigError } from '../../platform/config';
import { Database } from '../../platform/database/database';
import type { Client } from '../../platform/http/client-address';
import { uuidv7 } from '../../platform/ids';
import { silentLogger } from '../../platform/observability/logger';
import { Metrics } from '../../platform/observability/metrics';
import { TokenVerifier } from '../../platform/security/access-tokens';
import { Keyring } from '../../platform/security/keyring';
import { Revocations } from '../../platform/security/revocations';
import { Administrators } from './accounts/administrators';
import { ExpiredRows } from './expired-rows';
import { migrations } from './migrations';
import { Passwords } from './passwords/passwords';
import { newTotpSecret } from './second-factor/one-time-codes';
import { RecoveryCodes } from './second-factor/recovery-codes';
import { TotpFactors } from './second-factor/totp-factors';
import { Secrets } from './secrets';
import { RefreshTokens } from './sessions/refresh-tokens';
import { SessionTokens } from './sessions/session-tokens';
import { Sessions } from './sessions/sessions';
import { LoginChallenges } from './sign-in/login-challenges';
import { LoginThrottle } from './sign-in/login-throttle';
import { Logins } from './sign-in/logins';
import {
  AccountRow,
  entities,
  LoginChallengeRow,
  LoginThrottleRow,
  SessionRow,
  SigningKeyRow,
  TotpFactorRow,
} from './tables';
import { TestAuth } from './testing/test-auth';
import { AccessTokens } from './tokens/access-tokens';
import { SigningKeys } from './tokens/signing-keys';

describe('auth on its own database', () => {
  let folder: string;
  let places = 0;
  const opened: Database[] = [];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'plinth-auth-parts-'));
  });

  afterEach(async () => {
    for (const db of opened.splice(0)) await db.close();
  });

  afterAll(() => rm(folder, { recursive: true, force: true }));

  const open = async (path = join(folder, `${places++}.db`), clock = new ManualClock(Date.now())) => {
    const db = await Database.open({ url: `sqlite:${path}`, service: 'auth', entities, migrations, clock });
    opened.push(db);
    return { db, clock, path };
  };

  describe('signing keys', () => {
    it('are made once by several who start at once', async () => {
      const { db } = await open();
      const keyring = new Keyring(Keyring.generate());
      const all = await Promise.all([1, 2, 3].map(() => SigningKeys.open(db, keyring, silentLogger, 30)));
      expect(new Set(all.map(keys => keys.current().kid)).size).toBe(1);
    });

    it('change by themselves, and the old ones go when their tokens have', async () => {
      const { db, clock } = await open();
      const keys = await SigningKeys.open(db, new Keyring(Keyring.generate()), silentLogger, 1);
      const first = keys.current().kid;
      clock.advance(24 * 60 * 60_000 - 10 * 60_000);
      await keys.keepUp();
      expect([keys.keySet().keys.length, keys.current().kid]).toEqual([2, first]);
      clock.advance(10 * 60_000);
      expect(keys.current().kid).not.toBe(first);
      await keys.prune();
      expect(await keys.find(first)).toBeDefined();
      clock.advance(62 * 60_000);
      expect(await keys.find(first)).toBeUndefined();
      await keys.prune();
      expect(await db.read.find(SigningKeyRow)).toHaveLength(1);
    });

    it('made elsewhere are found when asked for, and made-up ids do not become a storm', async () => {
      const { db, clock } = await open();
      const keyring = new Keyring(Keyring.generate());
      const [here, there] = [
        await SigningKeys.open(db, keyring, silentLogger, 1),
        await SigningKeys.open(db, keyring, silentLogger, 1),
      ];
      clock.advance(24 * 60 * 60_000);
      await there.keepUp();
      const kid = there.keySet().keys.at(-1)!['kid'] as string;
      expect(await here.find(kid)).toBeDefined();
      const find = jest.spyOn(db.read, 'find');
      for (let i = 0; i < 100; i++) expect(await here.find(`made-up-${i}`)).toBeUndefined();
      expect(find).not.toHaveBeenCalled();
      find.mockRestore();
    });

    it('are encrypted anew under a new key, and say which key is missing', async () => {
      const { db } = await open();
      const [old, fresh] = [Keyring.generate('old'), Keyring.generate('fresh')];
      await SigningKeys.open(db, new Keyring(old), silentLogger, 30);
      await Secrets.open(db, new Keyring(old));
      await expect(SigningKeys.open(db, new Keyring(fresh), silentLogger, 30)).rejects.toThrow(ConfigError);
      await expect(Secrets.open(db, new Keyring(fresh))).rejects.toThrow(/key old is not in the keyring/);
      const both = new Keyring(`${fresh},${old}`);
      const kid = (await SigningKeys.open(db, both, silentLogger, 30)).current().kid;
      await Secrets.open(db, both);
      expect((await SigningKeys.open(db, new Keyring(fresh), silentLogger, 30)).current().kid).toBe(kid);
      await Secrets.open(db, new Keyring(fresh));
    });
  });

  it('shares one secret among those that start at once', async () => {
    const { db } = await open();
    const keyring = new Keyring(Keyring.generate());
    const all = await Promise.all([1, 2, 3].map(() => Secrets.open(db, keyring)));
    expect(new Set(all.map(secrets => secrets.keyFor('a').toString('hex'))).size).toBe(1);
    expect(all[0]!.keyFor('b')).not.toEqual(all[0]!.keyFor('a'));
  });

  it('refuses tokens of the right key that say the wrong thing', async () => {
    const { db, clock } = await open();
    const keys = await SigningKeys.open(db, new Keyring(Keyring.generate()), silentLogger, 30);
    const expected = { issuer: 'https://plinth.local', audience: 'plinth' };
    const verifier = new TokenVerifier(keys, expected, new Revocations(clock), clock);
    const facts = { ...expected, ttlSeconds: 900 };
    const account = { id: 'ada', roles: [], permissions: ['*', 'files:read'] };
    const session = {
      id: 's',
      createdAt: clock.now() - 60_000,
      authenticatedAt: null,
      expiresAt: clock.now() + 1e9,
    };
    const right = new AccessTokens(keys, facts, clock).issue(account, session).text;
    expect(await verifier.verify(right)).toMatchObject({
      sub: 'ada',
      scope: '*',
      auth_time: Math.floor(session.createdAt / 1000),
    });
    const now = Math.floor(clock.now() / 1000);
    const claims = JSON.parse(Buffer.from(right.split('.')[1]!, 'base64url').toString()) as object;
    const signed = (change: object, key = keys.current().privateKey) => {
      const body = Buffer.from(JSON.stringify({ ...claims, ...change })).toString('base64url');
      const text = `${right.split('.')[0]}.${body}`;
      return `${text}.${sign('sha256', Buffer.from(text), { key, dsaEncoding: 'ieee-p1363' }).toString('base64url')}`;
    };
    await verifier.verify(signed({ jti: 'another' }));
    const wrong: Record<string, object> = {
      'another audience': { aud: 'somebody' },
      'another issuer': { iss: 'https://evil.example' },
      'not before later': { nbf: now + 60 },
      'no expiry': { exp: undefined },
      'a far expiry': { exp: now + 86_400 },
      'no subject': { sub: '' },
      'no session': { sid: undefined },
      'roles that are no list': { roles: 'administrator' },
    };
    for (const [what, change] of Object.entries(wrong)) {
      const verifying = Promise.resolve(verifier.verify(signed(change)));
      const code = await verifying.then(
        () => 'taken',
        (error: { code: string }) => error.code,
      );
      expect([what, code]).toEqual([what, 'TOKEN_INVALID']);
    }
    await expect(verifier.verify(signed({ exp: now - 1 }))).rejects.toMatchObject({ code: 'TOKEN_EXPIRED' });
    const other = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
    await expect(verifier.verify(signed({}, other))).rejects.toMatchObject({ code: 'TOKEN_INVALID' });
  });

  describe('guessing', () => {
    const wrong = 'not the right password';
    const day = 24 * 60 * 60_000;
    /** One in half a minute, so that most of a day's guesses meet a wait. More would only take longer. */
    const guesses = 2_880;

    /** Signing in on a database with one account, with a count of the passwords that were looked at. */
    const openLogins = async () => {
      const { db, clock } = await open();
      const keyring = new Keyring(Keyring.generate());
      const passwords = new Passwords(4);
      const looked = jest.spyOn(passwords, 'matches');
      const keys = await SigningKeys.open(db, keyring, silentLogger, 30);
      const facts = { issuer: 'https://plinth.local', audience: 'plinth', ttlSeconds: 900 };
      const key = (await Secrets.open(db, keyring)).keyFor('login throttle');
      const tokens = new SessionTokens(new AccessTokens(keys, facts, clock), new RefreshTokens(key));
      const sessions = new Sessions(db, tokens, 30 * 24 * 60 * 60);
      const metric = new Metrics('auth').counter('logins', 'Sign-ins', ['outcome']);
      const throttle = new LoginThrottle(db, key);
      const factors = new TotpFactors(db, keyring, new RecoveryCodes(key));
      const challenges = new LoginChallenges(db);
      const newLogins = () => new Logins({ db, sessions, passwords, throttle, factors, challenges, metric });
      const password = 'a long enough secret';
      await new Administrators(db, passwords).create({ username: 'ada', email: 'ada@example.com', password });
      const factorsUnder = (keys: string) => new TotpFactors(db, new Keyring(keys), new RecoveryCodes(key));
      return { db, clock, looked, newLogins, password, keyring, factorsUnder };
    };
    /** A second factor that is on. @returns its secret */
    const confirmedFactor = async (db: Database, keyring: Keyring, accountId: string) => {
      const secret = newTotpSecret();
      const facts = { id: uuidv7(0), accountId, createdAt: 0, confirmedAt: 0, lastUsedStep: null };
      const sealed = keyring.encrypt(secret, `totp_factors.secret:${facts.id}`);
      await db.transaction(tx => tx.manager.insert(TotpFactorRow, { ...facts, secret: sealed }));
      return secret;
    };
    const outcome = (attempt: Promise<unknown>) =>
      attempt.then(
        () => 'in',
        (error: { code: string }) => error.code,
      );
    const client = (address: string) => ({ address, userAgent: 'a test' });
    const home = client('198.51.100.7');

    it('gets about a hundred of 2,880 guesses a day at one account by its username and as many by its email, from anywhere, over restarts', async () => {
      const { clock, looked, newLogins, password } = await openLogins();
      let logins = newLogins();
      expect(await outcome(logins.logIn({ username: 'ada', password }, home))).toBe('in');
      looked.mockClear();
      for (let i = 0; i < guesses; i++) {
        clock.advance(day / guesses);
        if (i % 720 === 0) logins = newLogins();
        const from = client(`10.0.${i >> 8}.${i & 255}`);
        await outcome(logins.logIn({ username: i % 2 ? 'ADA' : 'ada@example.com', password: wrong }, from));
      }
      // By each name: five at once, ten while the wait doubles to a quarter of an hour, then one in each.
      expect(looked.mock.calls.length).toBeLessThanOrEqual(2 * (5 + 10 + 96));
      expect(looked.mock.calls.length).toBeGreaterThan(2 * 80);
      const stranger = client('10.9.9.9');
      // At home the owner is let in meanwhile, which forgives the strangers nothing.
      expect(await outcome(logins.logIn({ username: 'ada', password }, home))).toBe('in');
      expect(await outcome(logins.logIn({ username: 'ada', password: wrong }, stranger))).toBe(
        'TOO_MANY_ATTEMPTS',
      );
      clock.advance(15 * 60_000);
      expect(await outcome(logins.logIn({ username: 'ada', password }, stranger))).toBe('in');
    }, 120_000);

    it('gets about three hundred of 2,880 a day at as many accounts from one address', async () => {
      const { clock, looked, newLogins, password } = await openLogins();
      const logins = newLogins();
      for (let i = 0; i < guesses; i++) {
        clock.advance(day / guesses);
        const from = client('203.0.113.9');
        await outcome(logins.logIn({ username: `person-${i}`, password: wrong }, from));
      }
      // Two hundred are nothing for an office; then the wait doubles as above.
      expect(looked.mock.calls.length).toBeLessThanOrEqual(200 + 10 + 96);
      expect(looked.mock.calls.length).toBeGreaterThan(250);
      expect(await outcome(logins.logIn({ username: 'ada', password }, home))).toBe('in');
    }, 120_000);

    it('allows about a hundred guesses of a code a day to a caller who knows the password, and a correct password does not reset the count', async () => {
      const { db, clock, newLogins, password, keyring } = await openLogins();
      let logins = newLogins();
      await logins.logIn({ username: 'ada', password }, home);
      const { id: accountId } = await db.read.findOneByOrFail(AccountRow, { username: 'ada' });
      const secret = await confirmedFactor(db, keyring, accountId);
      const codeNow = () => TOTP.generate({ secret: Secret.fromBase32(secret), timestamp: clock.now() });
      const challengeAt = (from: Client): Promise<string | undefined> =>
        logins.logIn({ username: 'ada', password }, from).then(
          () => undefined,
          ({ details }: { details?: { challenge?: string } }) => details?.challenge,
        );
      const wrongCode = () => {
        const right = [-1, 0, 1].map(steps =>
          TOTP.generate({ secret: Secret.fromBase32(secret), timestamp: clock.now() + steps * 30_000 }),
        );
        return ['000000', '111111', '222222', '333333'].find(code => !right.includes(code))!;
      };
      const outcomes: unknown[] = [];
      let challenge: string | undefined;
      // Each is a sign-in with the right password and a code, and a wait lets one in a quarter of an hour through.
      const attempts = 960;
      for (let i = 0; i < attempts; i++) {
        clock.advance(day / attempts);
        if (i % 240 === 0) logins = newLogins();
        const from = client(`10.0.${i >> 8}.${i & 255}`);
        challenge = (await challengeAt(from)) ?? challenge;
        outcomes.push(await outcome(logins.complete({ challenge: challenge!, code: wrongCode() }, from)));
      }
      const guessed = outcomes.filter(code => code === 'INVALID_CODE').length;
      expect(guessed).toBeLessThanOrEqual(5 + 10 + 96);
      expect(guessed).toBeGreaterThan(80);
      expect(new Set(outcomes)).toEqual(new Set(['INVALID_CODE', 'TOO_MANY_ATTEMPTS']));
      // At home the owner is let in meanwhile; elsewhere after a quarter of an hour at most.
      const atHome = await challengeAt(home);
      expect(await outcome(logins.complete({ challenge: atHome!, code: codeNow() }, home))).toBe('in');
      clock.advance(15 * 60_000);
      const stranger = client('10.9.9.9');
      const elsewhere = await challengeAt(stranger);
      expect(await outcome(logins.complete({ challenge: elsewhere!, code: codeNow() }, stranger))).toBe('in');
    }, 120_000);

    it('encrypts the secret of a factor anew under a new key, at its next use', async () => {
      const { db, clock, factorsUnder } = await openLogins();
      const [old, fresh] = [Keyring.generate('old'), Keyring.generate('fresh')];
      const account = await db.read.findOneByOrFail(AccountRow, { username: 'ada' });
      const secret = await confirmedFactor(db, new Keyring(old), account.id);
      const sealed = async () =>
        (await db.read.findOneByOrFail(TotpFactorRow, { accountId: account.id })).secret;
      const prove = (keys: string) =>
        db.transaction(async tx => {
          const factors = factorsUnder(keys);
          const factor = await factors.active(tx.manager, account.id);
          const text = TOTP.generate({ secret: Secret.fromBase32(secret), timestamp: clock.now() });
          await factors.verify(tx, account, factor!, { kind: 'totp', text }, home);
        });
      expect(await sealed()).toMatch(/^v1\.old\./);
      await expect(prove(fresh)).rejects.toThrow(/key old is not in the keyring/);
      await prove(`${fresh},${old}`);
      expect(await sealed()).toMatch(/^v1\.fresh\./);
      clock.advance(30_000);
      await prove(fresh);
    });

    it('commits as often at nobody as at somebody, whose trail the failure goes into', async () => {
      const { db, newLogins } = await openLogins();
      const commits = jest.spyOn(db, 'transaction');
      const count = async (username: string) => {
        commits.mockClear();
        await outcome(newLogins().logIn({ username, password: wrong }, home));
        return commits.mock.calls.length;
      };
      expect(await count('nobody')).toBe(await count('ada'));
      expect(await count('ada')).toBe(2);
    });

    it('is counted by network for IPv6, however it is written, and by address for IPv4', async () => {
      const { db } = await open();
      const throttle = new LoginThrottle(db, Buffer.alloc(32));
      const keyOf = async (address: string) => (await throttle.countersOfName(null, 'ada', address))[1]!.key;
      const keysOf = (addresses: string[]) => Promise.all(addresses.map(keyOf));
      const same = [
        '2001:db8:0:1::1',
        '2001:0DB8:0000:0001:ffff::',
        '2001:db8:0:1:1:2:3:4',
        '2001:db8:0:1::9%eth0',
        '2001:db8:0:1::198.51.100.1',
      ];
      expect(new Set(await keysOf(same)).size).toBe(1);
      const others = [
        '2001:db8:0:2::1',
        '2001:db8::1',
        '::1',
        '2001:db8:1::1',
        '198.51.100.1',
        '198.51.100.2',
      ];
      expect(new Set(await keysOf([...same, ...others])).size).toBe(1 + others.length);
    });

    it('in a flood is turned away with 503 and uncounted, while others are served', async () => {
      const auth = new TestAuth({ BCRYPT_COST: '10' });
      await auth.start();
      try {
        const { accessToken } = await auth.register();
        const flood = Promise.all(
          Array.from({ length: 300 }, (_, i) => auth.requestLogIn(`nobody-${i}`, wrong)),
        );
        expect((await auth.me(accessToken))[0]).toBe(200);
        expect((await fetch(`${auth.url}/health`)).status).toBe(200);
        const answers = await flood;
        const withStatus = (status: number) => answers.filter(answer => answer.status === status);
        expect(withStatus(401).length + withStatus(503).length).toBe(300);
        expect(withStatus(401).length).toBeGreaterThan(100);
        expect(withStatus(503)[0]?.body).toMatchObject({ error: 'SERVICE_UNAVAILABLE' });
        // One row a name that was looked at, and one for the address.
        expect(await auth.database.rows('login_throttles', 'failures > 0')).toHaveLength(
          withStatus(401).length + 1,
        );
      } finally {
        await auth.close();
      }
    }, 60_000);
  });

  it('removes ended sessions and old failures in batches, and nothing that is needed', async () => {
    const { db, clock } = await open();
    const now = clock.now();
    const day = 24 * 60 * 60_000;
    const administrators = new Administrators(db, new Passwords(4));
    const password = 'a long enough secret';
    const { id: accountId } = await administrators.create({
      username: 'ada',
      email: 'a@example.com',
      password,
    });
    const session = (id: string, expiresAt: number, revokedAt: number | null): SessionRow => ({
      id,
      accountId,
      generation: 1,
      createdAt: 0,
      authenticatedAt: null,
      lastSeenAt: 0,
      rotatedAt: null,
      expiresAt,
      revokedAt,
      address: '',
      userAgent: '',
    });
    const old = Array.from({ length: 1_200 }, (_, i) => session(`old-${i}`, now - 2 * day, null));
    await db.transaction(async tx => {
      for (let i = 0; i < old.length; i += 200) await tx.manager.insert(SessionRow, old.slice(i, i + 200));
      await tx.manager.insert(SessionRow, [
        session('live', now + day, null),
        session('just-ended', now + day, now - 60_000),
        session('ended-long-ago', now + day, now - 2 * day),
      ]);
      await tx.manager.insert(LoginThrottleRow, [
        { key: 'old', failures: 3, blockedUntil: 0, updatedAt: now - 2 * day },
        { key: 'new', failures: 3, blockedUntil: 0, updatedAt: now },
      ]);
      const factor = {
        id: 'factor',
        accountId,
        secret: '',
        createdAt: 0,
        confirmedAt: 0,
        lastUsedStep: null,
      };
      await tx.manager.insert(TotpFactorRow, factor);
      const challenge = { accountId, factorId: factor.id, passwordMark: '', createdAt: 0 };
      await tx.manager.insert(LoginChallengeRow, [
        { ...challenge, hash: 'old', expiresAt: now - 1 },
        { ...challenge, hash: 'new', expiresAt: now + 1 },
      ]);
    });
    const expiredRows = new ExpiredRows(db, { prune: async () => {} }, 400);
    await expiredRows.prune();
    expect((await db.read.find(SessionRow)).map(({ id }) => id).sort()).toEqual(['just-ended', 'live']);
    expect((await db.read.find(LoginThrottleRow)).map(({ key }) => key)).toEqual(['new']);
    expect((await db.read.find(LoginChallengeRow)).map(({ hash }) => hash)).toEqual(['new']);
  });

  describe('the first administrator', () => {
    const input = { username: 'admin', email: 'root@example.com', password: 'a long enough secret' };

    it('is made once by those who start at once', async () => {
      const { db } = await open();
      await Promise.all([1, 2, 3].map(() => new Administrators(db, new Passwords(4)).ensureFirst(input)));
      expect(await db.read.find(AccountRow)).toHaveLength(1);
    });

    it('is never somebody who was there before: the start says so', async () => {
      const auth = new TestAuth();
      await auth.start();
      await auth.register({ email: 'root@example.com' });
      const start = auth.restart({ ADMIN_EMAIL: input.email, ADMIN_PASSWORD: input.password });
      const message = await start.then(
        () => '',
        (error: Error) => error.message,
      );
      expect(message).toMatch(/^ADMIN_EMAIL belongs to an account that is no administrator/);
      expect(message).not.toContain(input.password);
      await auth.restart({ ADMIN_EMAIL: '', ADMIN_PASSWORD: '' }).catch(() => undefined);
      await auth.close().catch(() => undefined);
    });

    describe('from the command', () => {
      const command = async (password: string, environment: Record<string, string>, ...args: string[]) => {
        const child = spawn(
          process.execPath,
          [
            join(__dirname, '../../platform/testing/typescript.js'),
            join(__dirname, 'create-administrator.ts'),
            ...args,
          ],
          { env: { PATH: process.env['PATH'] ?? '', BCRYPT_COST: '4', ...environment } },
        );
        let said = '';
        for (const stream of [child.stdout, child.stderr]) {
          stream.on('data', (chunk: Buffer) => {
            said += chunk.toString();
          });
        }
        child.stdin.end(password);
        const [code] = (await once(child, 'close')) as [number | null];
        return { code, said };
      };

      it('is made while the service runs, and can sign in', async () => {
        const auth = new TestAuth();
        await auth.start();
        try {
          const environment = { DATA_DIR: auth.folder };
          const made = await command('a password of mine\n', environment, '--email', 'root@example.com');
          expect(made).toEqual({ code: 0, said: expect.stringContaining('admin is an administrator') });
          expect(await auth.service.hasAdministrator()).toBe(true);
          expect((await auth.requestLogIn('admin', 'a password of mine')).status).toBe(200);
          const again = await command('a password of mine\n', environment, '--email', 'root@example.com');
          expect([again.code, again.said.split('\n').length]).toEqual([1, 2]);
          expect(again.said).toMatch(/taken|registered/);
        } finally {
          await auth.close();
        }
      }, 60_000);

      it('says what is wrong, and never the password', async () => {
        const environment = { DATA_DIR: join(folder, 'command') };
        const weak = await command('hunter2', environment, '--email', 'nobody');
        expect(weak.code).toBe(1);
        expect(weak.said).toContain('The email must be');
        expect(weak.said).toContain('The password must be at least 8');
        expect(weak.said).not.toContain('hunter2');
        expect((await command('', environment)).code).toBe(2);
        expect((await command('', environment, '--nonsense')).code).toBe(2);
        const help = await command('', environment, '--help');
        expect(help).toEqual({ code: 0, said: expect.stringContaining('npm run admin:create') });
        await writeFile(join(folder, 'file'), '');
        const unwritable = await command(
          'a password of mine',
          { DATA_DIR: join(folder, 'file') },
          '--email',
          'a@b.example',
        );
        expect(unwritable).toEqual({
          code: 1,
          said: expect.stringMatching(/^\/.*cannot be written: check DATA_DIR\n$/),
        });
        const unreachable = { DATABASE_URL: 'postgres://plinth:hidden@127.0.0.1:1/plinth' };
        expect(await command('a password of mine', unreachable, '--email', 'a@b.example')).toEqual({
          code: 1,
          said: 'Cannot connect to PostgreSQL at 127.0.0.1:1\n',
        });
      }, 60_000);
    });
  });

  it('never writes a password or a token into its log', async () => {
    const lines: string[] = [];
    const write = jest.spyOn(fs, 'writeSync').mockImplementation(((_: number, text: string) => {
      lines.push(String(text));
      return Buffer.byteLength(text);
    }) as typeof fs.writeSync);
    const auth = new TestAuth({ LOG_LEVEL: 'trace' });
    await auth.start();
    try {
      const person = await auth.register({ password: 'never-in-a-log-1' });
      await auth.logIn(person);
      await auth.requestLogIn(person.username, 'never-in-a-log-2');
      const next = await auth.refresh(person.refreshToken);
      await auth.refresh(next.body['refresh_token'] as string);
      await auth.refresh(person.refreshToken);
      await auth.me('eyJhbGciOiJub25lIn0.e30.');
    } finally {
      await auth.close();
      write.mockRestore();
    }
    const log = lines.join('');
    expect(log).toContain('"message":"request"');
    expect(log).toContain('A refresh token was reused');
    expect(log).not.toContain('never-in-a-log');
    expect(log).not.toMatch(/eyJ[A-Za-z0-9_-]{10,}/);
    expect(log).not.toMatch(/\.1\.[A-Za-z0-9_-]{43}/);
  });
});
