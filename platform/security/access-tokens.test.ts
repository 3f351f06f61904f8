import { createHmac, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import jwt from 'jsonwebtoken';
import { ManualClock } from '../clock';
import type { DomainEvent } from '../events/event-bus';
import { InProcessBus } from '../events/in-process-bus';
import { silentLogger } from '../observability/logger';
import { accessChanged, sessionsRevoked } from './access-events';
import { RemoteKeySet, TokenVerifier } from './access-tokens';
import { Authenticator } from './authenticator';
import { Revocations } from './revocations';

const issuer = 'https://plinth.test';
const audience = 'plinth';
const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const clock = new ManualClock();
const keys = { find: async (kid: string) => (kid === 'k1' ? pair.publicKey : undefined) };

const noKeys = {
  verify: async () => {
    throw new Error('no key is expected');
  },
};

const now = () => Math.floor(clock.now() / 1000);
const claimsOf = (changes: Record<string, unknown> = {}) => ({
  iss: issuer,
  aud: audience,
  sub: 'ada',
  sid: 's1',
  jti: 'j1',
  iat: now(),
  exp: now() + 900,
  scope: 'users:read files:*',
  roles: ['user'],
  ...changes,
});
const signed = (claims: object, header: object = {}, key: KeyObject = pair.privateKey) =>
  jwt.sign(claims, key, {
    algorithm: 'ES256',
    header: { alg: 'ES256', typ: 'at+jwt', kid: 'k1', ...header },
  });

let bus: InProcessBus;
let revocations: Revocations;
let verifier: TokenVerifier;

beforeEach(async () => {
  bus = new InProcessBus({ clock, logger: silentLogger });
  revocations = new Revocations(clock);
  await revocations.follow(bus);
  verifier = new TokenVerifier(keys, { issuer, audience }, revocations, clock);
});

const announce = (type: string, data: unknown) =>
  bus.publish([
    {
      id: `${Math.random()}`,
      type,
      version: 1,
      source: 'auth',
      occurredAt: clock.now(),
      data,
    } as DomainEvent,
  ]);

describe('TokenVerifier', () => {
  it('reads the claims of a good token, again from what it remembers', async () => {
    const token = signed(claimsOf());
    expect(await verifier.verify(token)).toMatchObject({
      sub: 'ada',
      sid: 's1',
      scope: 'users:read files:*',
    });
    expect(await verifier.verify(token)).toBe(await verifier.verify(token));
    // What a token ends with is not what it says.
    const [head, , signature] = token.split('.');
    const [, others] = signed(claimsOf({ sub: 'u2' })).split('.');
    const forged = `${head}.${others}.${signature}`;
    await expect((async () => verifier.verify(forged))()).rejects.toMatchObject({ code: 'TOKEN_INVALID' });
    expect(await verifier.verify(token)).toMatchObject({ sub: 'ada' });
  });

  const { exp: _, ...withoutExp } = claimsOf();
  const { sid: __, ...withoutSid } = claimsOf();
  const pem = pair.publicKey.export({ type: 'spki', format: 'pem' }) as string;
  const b64 = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const hs = `${b64({ alg: 'HS256', typ: 'at+jwt', kid: 'k1' })}.${b64(claimsOf())}`;
  const other = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  it.each<[string, string]>([
    ['alg none', `${b64({ alg: 'none', typ: 'at+jwt', kid: 'k1' })}.${b64(claimsOf())}.`],
    ['HS256 with the public key', `${hs}.${createHmac('sha256', pem).update(hs).digest('base64url')}`],
    ['an unknown kid', signed(claimsOf(), { kid: 'k2' })],
    ['no kid', signed(claimsOf(), { kid: '' })],
    ['another key', signed(claimsOf(), {}, other.privateKey)],
    ['a key in its header', signed(claimsOf(), { jwk: other.publicKey.export({ format: 'jwk' }) })],
    ['a key set in its header', signed(claimsOf(), { jku: 'https://evil.example/jwks' })],
    ['critical extensions', signed(claimsOf(), { crit: ['x'] })],
    ['another type', signed(claimsOf(), { typ: 'JWT' })],
    ['another issuer', signed(claimsOf({ iss: 'https://other' }))],
    ['another audience', signed(claimsOf({ aud: 'other' }))],
    ['a start in the future', signed(claimsOf({ nbf: now() + 60 }))],
    ['an issue in the future', signed(claimsOf({ iat: now() + 10 }))],
    ['no expiry', signed(withoutExp)],
    ['a far expiry', signed(claimsOf({ exp: now() + 86_400 }))],
    ['no session', signed(withoutSid)],
    ['no subject', signed(claimsOf({ sub: '' }))],
    ['roles that are no list', signed(claimsOf({ roles: 'administrator' }))],
    ['two parts', 'a.b'],
    ['a header that is no JSON', 'a.b.c'],
    ['a header that is null', `${b64(null)}.b.c`],
    ['9 kB', `${'a'.repeat(9_000)}.b.c`],
  ])('refuses %s', async (_what, token) => {
    await expect((async () => verifier.verify(token))()).rejects.toMatchObject({
      code: 'TOKEN_INVALID',
      status: 401,
    });
  });

  it('refuses a token from its expiry on, also one it remembers', async () => {
    const token = signed(claimsOf());
    await verifier.verify(token);
    clock.advance(900_000);
    await expect((async () => verifier.verify(token))()).rejects.toMatchObject({
      code: 'TOKEN_EXPIRED',
      status: 401,
    });
    await expect((async () => verifier.verify(token))()).rejects.toMatchObject({ code: 'TOKEN_EXPIRED' });
  });

  it('refuses every spelling of a token whose session was revoked', async () => {
    const token = signed(claimsOf());
    await verifier.verify(token);
    await announce(sessionsRevoked, { userId: 'ada', sessionIds: ['s1'] });
    await expect((async () => verifier.verify(token))()).rejects.toMatchObject({ code: 'TOKEN_REVOKED' });
    await expect((async () => verifier.verify(`${token}==`))()).rejects.toMatchObject({ status: 401 });
    expect(await verifier.verify(signed(claimsOf({ sid: 's2' })))).toBeTruthy();
  });
});

describe('Authenticator', () => {
  it('makes an anonymous caller of no credential, and a 401 of a wrong one', async () => {
    const authenticator = new Authenticator(verifier, revocations, noKeys);
    expect((await authenticator.authenticate({})).kind).toBe('anonymous');
    for (const authorization of ['Basic abc', 'Bearer', 'Bearer a b', 'Bearer \u00e9']) {
      await expect((async () => authenticator.authenticate({ authorization }))()).rejects.toMatchObject({
        status: 401,
      });
    }
  });

  it('knows what the token grants, and what changed since it was signed', async () => {
    const authenticator = new Authenticator(verifier, revocations, noKeys);
    const authorization = `Bearer ${signed(claimsOf())}`;
    const before = await authenticator.authenticate({ authorization });
    expect(before.requireUser()).toBe('ada');
    expect([before.has('users:read'), before.has('files:write'), before.has('users:write')]).toEqual([
      true,
      true,
      false,
    ]);
    expect(() => before.require('users:write')).toThrow(expect.objectContaining({ status: 403 }));
    expect(await authenticator.authenticate({ authorization })).toBe(before);

    await announce(accessChanged, { userId: 'ada', roles: ['editor'], permissions: ['users:write'] });
    const after = await authenticator.authenticate({ authorization });
    expect([after.has('users:read'), after.has('users:write'), after.roles]).toEqual([
      false,
      true,
      ['editor'],
    ]);
    clock.advance(2_000);
    const next = await authenticator.authenticate({
      authorization: `Bearer ${signed(claimsOf({ jti: 'j2' }))}`,
    });
    expect(next.has('users:read')).toBe(true);
  });

  it('refuses what a permission guards while revocations cannot be known', async () => {
    const blind = new Revocations(clock);
    const authenticator = new Authenticator(
      new TokenVerifier(keys, { issuer, audience }, blind, clock),
      blind,
      noKeys,
    );
    const caller = await authenticator.authenticate({ authorization: `Bearer ${signed(claimsOf())}` });
    expect(() => caller.require('users:read')).toThrow(expect.objectContaining({ status: 503 }));
  });
});

describe('RemoteKeySet', () => {
  let server: Server;
  let asked = 0;
  let answer: () => { status: number; body: string };
  let url: string;

  beforeEach(async () => {
    asked = 0;
    server = createServer((_, response) => {
      asked += 1;
      const { status, body } = answer();
      response.writeHead(status, { 'content-type': 'application/json' }).end(body);
    });
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  });

  afterEach(() => {
    server.closeAllConnections();
    server.close();
  });

  const set = (kid: string) =>
    JSON.stringify({
      keys: [
        { ...pair.publicKey.export({ format: 'jwk' }), kid },
        { kty: 'RSA', kid: 'rsa' },
      ],
    });

  it('fetches once for many, and not again for made-up key ids', async () => {
    answer = () => ({ status: 200, body: set('k1') });
    const source = new RemoteKeySet(url, clock);
    const found = await Promise.all(Array.from({ length: 20 }, () => source.find('k1')));
    expect(
      found.every(key =>
        key?.equals(createPublicKey(pair.publicKey.export({ type: 'spki', format: 'pem' }))),
      ),
    ).toBe(true);
    for (let i = 0; i < 50; i++) expect(await source.find(`made-up-${i}`)).toBeUndefined();
    expect(await source.find('rsa')).toBeUndefined();
    expect(asked).toBe(1);
    clock.advance(6_000);
    answer = () => ({ status: 200, body: set('k2') });
    expect(await source.find('k2')).toBeDefined();
    expect(await source.find('k1')).toBeUndefined();
    expect(asked).toBe(2);
  });

  it('answers 503 while the issuer is down, and goes on with the keys it has', async () => {
    answer = () => ({ status: 500, body: '' });
    const source = new RemoteKeySet(url, clock);
    await expect(source.find('k1')).rejects.toMatchObject({ status: 503 });
    answer = () => ({ status: 200, body: set('k1') });
    expect(await source.find('k1')).toBeDefined();
    clock.advance(700_000);
    answer = () => ({ status: 200, body: '{"keys":7}' });
    expect(await source.find('k1')).toBeDefined();
    await expect(source.find('k9')).rejects.toMatchObject({ status: 503 });
  });
});
