import { buildSchema, type GraphQLError, parse, validate } from 'graphql';
import { z } from 'zod';
import { commonSettings, requireForShape } from './common-settings';
import { ConfigError, kinds, optionalSetting, readAll, readSettings, setting } from './config';
import { invalid, tooMany, unavailable } from './errors';
import { coercionFault, withoutValues } from './graphql/error-format';
import { loaderBy, loaderById, loaderOf, loaderOfMany } from './graphql/loader';
import { clientOf } from './http/client-address';
import { HttpRequest } from './http/request';
import { isUuid, uuidv7 } from './ids';
import { createLogger, describeError } from './observability/logger';
import { startErrorLines } from './process';
import { decisiveGrant, grants, isPermission } from './security/permissions';

describe('configuration', () => {
  const settings = {
    port: setting('PORT', kinds.port, 'Port', { default: '80' }),
    grace: setting('GRACE', kinds.seconds(1, 10), 'Seconds'),
    secret: optionalSetting('SECRET_URL', kinds.databaseUrl, 'Database', { secret: true }),
    mode: setting('MODE', kinds.oneOf('a', 'b'), 'Mode', { default: 'a' }),
    isOn: setting('SWITCH', kinds.onOff, 'Switch', { default: 'on' }),
    list: setting('LIST', kinds.list, 'List', { default: '' }),
  };

  it('reads what is set and what is not, an empty variable being not', () => {
    expect(readSettings(settings, { GRACE: '5', PORT: '', LIST: 'a, b,' })).toEqual({
      port: 80,
      grace: 5,
      mode: 'a',
      isOn: true,
      list: ['a', 'b'],
    });
  });

  it('names every mistake at once and never a secret', () => {
    let error: unknown;
    try {
      readSettings(settings, {
        PORT: '70000',
        SECRET_URL: 'mysql://u:hunter2@h/d',
        MODE: 'c',
        SWITCH: 'yes',
      });
    } catch (caught) {
      error = caught;
    }
    expect(error).toBeInstanceOf(ConfigError);
    expect((error as ConfigError).mistakes).toEqual([
      'PORT must be from 0 to 65535 (it is "70000")',
      'GRACE is not set: Seconds',
      'SECRET_URL must start with postgres:// or sqlite:',
      'MODE must be one of a, b (it is "c")',
      'SWITCH must be on or off (it is "yes")',
    ]);
    expect(startErrorLines(error)).toHaveLength(5);
  });

  it('gathers the mistakes of several servers, each once', () => {
    const read = () => readSettings(settings, { PORT: 'x' });
    expect(() => readAll({ one: read, two: read })).toThrow(
      'PORT must be a whole number (it is "x")\nGRACE is not set: Seconds',
    );
    expect(readAll({ one: () => 1 })).toEqual({ one: 1 });
  });

  it('says what a service on its own lacks', () => {
    const nothing = { redisUrl: undefined, databaseUrl: undefined, ownDatabaseUrl: undefined };
    expect(() => requireForShape('alone', nothing, 'auth')).toThrow(
      /^DATABASE_URL is not set.*\nREDIS_URL is not set/,
    );
    expect(() => requireForShape('embedded', nothing, 'auth')).not.toThrow();
  });

  it('has kinds that know a URL', () => {
    expect(kinds.url.safeParse('https://a.example').success).toBe(true);
    expect(kinds.redisUrl.safeParse('http://a.example').success).toBe(false);
    expect(kinds.url.safeParse('nonsense').success).toBe(false);
    expect(z.safeParse(kinds.level, 'info').success).toBe(true);
  });
});

describe('permissions', () => {
  it('grants by wildcard, and only below it', () => {
    expect(grants('*', 'users:read')).toBe(true);
    expect(grants('files:*', 'files:read')).toBe(true);
    expect(grants('files:*', 'files')).toBe(false);
    expect(grants('files:*', 'filesystem:read')).toBe(false);
    expect(grants('files:read', 'files:*')).toBe(false);
    expect(decisiveGrant(['a:b', 'users:*', '*'], 'users:read')).toBe('users:*');
    expect(decisiveGrant([], 'users:read')).toBeUndefined();
  });

  it.each(['*', 'users:read', 'a:b:c', 'files:*'])('takes %s for a permission', text =>
    expect(isPermission(text)).toBe(true),
  );
  it.each(['', 'Users:read', '*:read', 'a b', 'a:', ':a', 'a:*:b', 'a'.repeat(101)])(
    'does not take "%s"',
    text => expect(isPermission(text)).toBe(false),
  );
});

describe('coercionFault', () => {
  it.each([
    [
      'Variable "$input" got invalid value { password: "hunter2" }; Field "email" of required type "String!" was not provided.',
      'email',
      'is required',
    ],
    [
      'Variable "$input" got invalid value 5 at "input.username"; String cannot represent a non string value: 5',
      'username',
      'must be text',
    ],
    [
      'Variable "$input" got invalid value "hunter2" at "input.a.b"; Field "c" is not defined by type "A".',
      'a.b.c',
      'is not a known field',
    ],
    ['Variable "$id" of required type "ID!" was not provided.', 'id', 'is required'],
    [
      'Variable "$first" got invalid value 3000000000; Int cannot represent non 32-bit signed integer value: 3000000000',
      'first',
      'must be a whole number',
    ],
    [
      'Variable "$order" got invalid value "X"; Value "X" does not exist in "UserOrder" enum.',
      'order',
      'must be a value of UserOrder',
    ],
    [
      'Variable "$on" got invalid value 1; Boolean cannot represent a non boolean value: 1',
      'on',
      'must be true or false',
    ],
    ['Variable "$x" got invalid value 1; Float cannot represent non numeric value', 'x', 'must be a number'],
    ['Variable "$at" got invalid value "hunter2"; Expected value of type "DateTime".', 'at', 'is not valid'],
  ])('keeps where and what of %s', (message, field, expected) => {
    expect(coercionFault(message)).toEqual({ field, message: expected });
  });
});

describe('withoutValues', () => {
  const schema = buildSchema(
    'type Query { find(text: String, on: Boolean, count: Int, in: In, kind: Kind): Int } input In { a: Int } enum Kind { A }',
  );
  it.each([
    '{ find(text: 4815162342) }',
    '{ find(text: ["4815162342"]) }',
    '{ find(on: "4815162342") }',
    '{ find(count: "4815162342") }',
    '{ find(count: 4815162342) }',
    '{ find(in: "4815162342") }',
    '{ find(in: { a: "48: 15: 4815162342" }) }',
    '{ find(kind: "4815162342") }',
    '{ find(text "4815162342") }',
    '{ find("4815162342": 1) }',
    '{ find(text: "a" 4815162342) }',
    '{ find(text """4815162342""") }',
  ])('repeats nothing of what %s holds', query => {
    const faults = (() => {
      try {
        return validate(schema, parse(query));
      } catch (error) {
        return [error as GraphQLError];
      }
    })();
    expect(faults).not.toEqual([]);
    for (const { message } of faults) {
      expect(withoutValues(message)).not.toContain('4815162342');
      expect(withoutValues(message).length).toBeGreaterThan(20);
    }
  });

  it('leaves alone what holds none', () => {
    const message = 'Cannot query field "nope" on type "Query".';
    expect(withoutValues(message)).toBe(message);
  });
});

describe('small things', () => {
  it('makes ids that sort by time and look like UUIDs', () => {
    const [early, late] = [uuidv7(1_000), uuidv7(2_000)];
    expect(early < late).toBe(true);
    expect(isUuid(early)).toBe(true);
    expect(early[14]).toBe('7');
    expect(isUuid("' OR 1=1")).toBe(false);
  });

  it('loads each key once, in key order', async () => {
    const asked: (readonly string[])[] = [];
    const byId = loaderById(async ids => {
      asked.push(ids);
      return ids.filter(id => id !== 'x').map(id => ({ id }));
    });
    expect(await Promise.all(['b', 'a', 'x', 'b'].map(id => byId.load(id)))).toEqual([
      { id: 'b' },
      { id: 'a' },
      null,
      { id: 'b' },
    ]);
    expect(asked).toEqual([['b', 'a', 'x']]);
    const many = loaderOfMany(
      (row: { key: string; n: number }) => row.key,
      async () => [
        { key: 'a', n: 1 },
        { key: 'a', n: 2 },
      ],
    );
    expect(await Promise.all([many.load('a'), many.load('b')])).toEqual([
      [
        { key: 'a', n: 1 },
        { key: 'a', n: 2 },
      ],
      [],
    ]);
    const one = loaderBy(
      (row: { name: string }) => row.name,
      async keys => keys.map(name => ({ name })),
    );
    expect(await one.load('n')).toEqual({ name: 'n' });
  });

  it('asks again for what was cleared or failed, and splits what is too much for one query', async () => {
    let asked: (readonly string[])[] = [];
    let isDown = true;
    const loader = loaderOf(async keys => {
      asked.push(keys);
      if (isDown) throw new Error('down');
      return keys.map(key => `${key}${asked.length}`);
    }, 2);
    loader.prime('known', 'since long');
    await expect(loader.load('a')).rejects.toThrow('down');
    isDown = false;
    asked = [];
    expect(await Promise.all(['a', 'known', 'b', 'c'].map(key => loader.load(key)))).toEqual([
      'a1',
      'since long',
      'b1',
      'c2',
    ]);
    loader.clear('a');
    const before = loader.load('a');
    loader.clear('a');
    expect([await before, await loader.load('a'), await loader.load('b')]).toEqual(['a3', 'a4', 'b1']);
    expect(asked).toEqual([['a', 'b'], ['c'], ['a'], ['a']]);
  });

  it('names all wrong fields in one error, and when to try again', () => {
    expect(
      invalid([
        { field: 'a', message: 'is bad' },
        { field: 'b', message: 'too' },
      ]).message,
    ).toBe('2 fields are not valid: a, b');
    expect(tooMany('Slow down', 1.2).headers).toEqual({ 'retry-after': '2' });
  });

  it('says one line for what a person can do something about', () => {
    expect(
      startErrorLines(Object.assign(new Error(), { code: 'EADDRINUSE', address: '::', port: 8000 })),
    ).toEqual(['Port 8000 is taken: stop what listens on :::8000, or set another']);
    expect(startErrorLines(Object.assign(new Error(), { code: 'EACCES', port: 80 }))[0]).toContain('Port 80');
    expect(startErrorLines(Object.assign(new Error(), { code: 'EACCES', path: '/x' }))[0]).toContain(
      '/x cannot be written',
    );
    expect(startErrorLines(Object.assign(new Error(), { code: 'EEXIST', path: '/x' }))[0]).toContain(
      'DATA_DIR',
    );
    expect(startErrorLines(unavailable('Cannot connect to PostgreSQL at db:5432'))).toEqual([
      'Cannot connect to PostgreSQL at db:5432',
    ]);
    expect(startErrorLines('text')).toEqual(['text']);
  });

  it('believes x-forwarded-for of the trusted proxies only, up to the first hop that is not one', () => {
    const addressOf = (trusted: string, remoteAddress: string, forwarded: string) => {
      const { trustedProxies } = readSettings(commonSettings, { TRUSTED_PROXIES: trusted });
      const head = { method: 'GET', url: '/', headers: { 'x-forwarded-for': forwarded }, remoteAddress };
      const request = new HttpRequest(head, { read: () => Buffer.alloc(0), isComplete: true });
      return clientOf(request, trustedProxies).address;
    };
    expect(addressOf('', '10.0.0.1', '1.2.3.4')).toBe('10.0.0.1');
    expect(addressOf('', '127.0.0.1', '1.2.3.4')).toBe('127.0.0.1');
    expect(addressOf('10.0.0.0/8', '::ffff:10.0.0.1', '6.6.6.6, 1.2.3.4, 10.9.9.9')).toBe('1.2.3.4');
    expect(addressOf('10.0.0.1, fd00::/8', '10.0.0.2', '1.2.3.4')).toBe('10.0.0.2');
    expect(addressOf('10.0.0.1, fd00::/8', 'fd12::1', '2001:db8::7')).toBe('2001:db8::7');
    for (const wrong of ['10.0.0.0/33', 'proxy', '::1/129', '10.0.0.0/8/8', '10.0.0.0/']) {
      expect(() => addressOf(wrong, '10.0.0.1', '1.2.3.4')).toThrow(/TRUSTED_PROXIES must be IP addresses/);
    }
  });
});

describe('the log', () => {
  const written: string[] = [];
  const logger = createLogger({
    service: 's',
    level: 'info',
    destination: { write: line => void written.push(line) },
  });

  it('holds no secret, wherever it stands', () => {
    logger.info(
      {
        password: 'hunter2',
        user: { refreshToken: 'hunter2' },
        headers: { authorization: 'hunter2', 'x-api-key': 'hunter2' },
      },
      'm',
    );
    expect(written.join()).not.toContain('hunter2');
    expect(JSON.parse(written[0]!)).toMatchObject({ level: 'info', service: 's', message: 'm' });
  });

  it("keeps of a driver's error only what names no row", () => {
    const error = Object.assign(new Error('failed'), {
      code: '23505',
      detail: 'Key (email)=(a@b)',
      parameters: ['hunter2'],
      cause: new Error('why'),
    });
    const kept = JSON.stringify(describeError(error));
    expect(kept).toContain('23505');
    expect(kept).toContain('why');
    expect(kept).not.toContain('hunter2');
    expect(kept).not.toContain('a@b');
    expect(describeError('text')).toEqual({ message: 'text' });
  });
});
