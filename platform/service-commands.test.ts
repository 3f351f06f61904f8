import { request } from 'undici';
import { ManualClock } from './clock';
import { AppError } from './errors';
import { HttpServer } from './http/server';
import { silentLogger } from './observability/logger';
import { Metrics } from './observability/metrics';
import { Keyring } from './security/keyring';
import { commandRoute, ServiceCommands } from './service-commands';

const keys = Keyring.generate('one');

describe('a command between services', () => {
  const clock = new ManualClock(Date.now());
  const received: unknown[] = [];
  let server: HttpServer;
  let url: string;

  beforeAll(async () => {
    const verifier = { keyring: new Keyring(keys), clock };
    server = new HttpServer({
      logger: silentLogger,
      metrics: new Metrics('things'),
      routes: [
        commandRoute('/commands/make', verifier, async command => {
          received.push(command);
          return { made: true };
        }),
        commandRoute('/commands/other', verifier, async () => ({})),
        commandRoute('/commands/refuse', verifier, async () => {
          throw new AppError({ code: 'TAKEN', status: 409 }, 'That is taken', {
            details: [{ field: 'name', message: 'is taken' }],
          });
        }),
        { method: 'POST', path: '/garbage', handle: () => ({ status: 502, body: '<html>' }) },
        commandRoute('/commands/fail', verifier, async () => {
          throw new Error('a fault');
        }),
      ],
    });
    url = `http://127.0.0.1:${await server.listen(0, '127.0.0.1')}`;
  });

  afterAll(() => server.stop(0));
  beforeEach(() => {
    received.length = 0;
  });

  const sender = (text = keys) => new ServiceCommands(url, new Keyring(text), clock, 1_000);

  /** What the sender would put on the wire. */
  async function overheard(path: string, command: unknown): Promise<{ authorization: string; body: string }> {
    let authorization = '';
    let body = '';
    const tap = new HttpServer({
      logger: silentLogger,
      metrics: new Metrics('tap'),
      routes: [
        {
          method: 'POST',
          path: '/*',
          handle: async incoming => {
            authorization = incoming.header('authorization') ?? '';
            body = (await incoming.body(10_000)).toString();
            return { status: 200, body: '{}' };
          },
        },
      ],
    });
    const port = await tap.listen(0, '127.0.0.1');
    await new ServiceCommands(`http://127.0.0.1:${port}`, new Keyring(keys), clock).send(path, command);
    await tap.stop(0);
    return { authorization, body };
  }

  async function replay(path: string, authorization: string | undefined, body: string): Promise<number> {
    const answer = await request(`${url}${path}`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(authorization === undefined ? {} : { authorization }),
      },
      body,
    });
    await answer.body.dump();
    return answer.statusCode;
  }

  it('is done when a holder of the same keys sends it', async () => {
    expect(await sender().send('/commands/make', { id: 'a' })).toEqual({ made: true });
    expect(received).toEqual([{ id: 'a' }]);
  });

  it('is refused to everybody else', async () => {
    await expect(sender(Keyring.generate('one')).send('/commands/make', {})).rejects.toThrow(
      'the same ENCRYPTION_KEYS',
    );
    expect(await replay('/commands/make', undefined, '{}')).toBe(401);
    expect(await replay('/commands/make', 'Bearer eyJ.a.b', '{}')).toBe(401);
    expect(await replay('/commands/make', `Plinth-Service ${Date.now() + 1_000}.one.AAAA`, '{}')).toBe(401);
    expect(received).toEqual([]);
  });

  it('is good for one path, one body and one minute', async () => {
    const { authorization, body } = await overheard('/commands/make', { id: 'a' });
    expect(await replay('/commands/make', authorization, body)).toBe(200);
    expect(await replay('/commands/other', authorization, body)).toBe(401);
    expect(await replay('/commands/make', authorization, '{"id":"b"}')).toBe(401);
    const [, rest] = authorization.split('.', 2);
    const later = authorization.replace(/\d+\./, `${clock.now() + 119_000}.`);
    expect(later).toContain(rest);
    expect(await replay('/commands/make', later, body)).toBe(401);
    clock.advance(61_000);
    expect(await replay('/commands/make', authorization, body)).toBe(401);
  });

  it('passes on the error of a refusal, and reports an unknown outcome when no answer came', async () => {
    await expect(sender().send('/commands/refuse', {})).rejects.toMatchObject({
      code: 'TAKEN',
      status: 409,
      details: [{ field: 'name', message: 'is taken' }],
    });
    await expect(sender().send('/commands/fail', {})).rejects.toMatchObject({ status: 503 });
    await expect(sender().send('/commands/unknown', {})).rejects.toMatchObject({ status: 503 });
    await expect(sender().send('/garbage', {})).rejects.toMatchObject({ status: 503 });
    const nobody = new ServiceCommands('http://127.0.0.1:9', new Keyring(keys), clock, 500);
    await expect(nobody.send('/commands/make', {})).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
  });
});
