import type { LookupFunction } from 'node:net';
import { HttpSink } from '../testing/http-sink';
import { Outbound } from './outbound';
import { PermanentError, ProviderDownError } from './provider';

let sink: HttpSink;

beforeAll(async () => {
  sink = await HttpSink.start({ status: 200 });
});
afterAll(() => sink.close());

/** Answers each lookup with the next of these addresses. */
const resolverOf = (...answers: string[][]) => {
  const lookups: string[] = [];
  const lookup = ((hostname: string, _options: unknown, done: (...results: unknown[]) => void) => {
    lookups.push(hostname);
    const addresses = answers.shift() ?? [];
    done(
      null,
      addresses.map(address => ({ address, family: address.includes(':') ? 6 : 4 })),
    );
  }) as LookupFunction;
  return { lookup, lookups };
};
const post = (outbound: Outbound, url: string) => outbound.post({ url, headers: {}, body: '' });

describe('requests to addresses that users gave', () => {
  it('are refused where a name resolves to a private address, also beside a public one', async () => {
    for (const addresses of [
      ['127.0.0.1'],
      ['93.184.216.34', '10.0.0.1'],
      ['::1'],
      ['::ffff:192.168.0.1'],
      ['fe80::1'],
      ['fd00::1'],
      ['64:ff9b::7f00:1'],
      ['2002:7f00:1::'],
      ['100.64.0.1'],
      ['0.0.0.0'],
    ]) {
      const outbound = new Outbound(false, resolverOf(addresses).lookup);
      const refused = post(outbound, `http://rebinding.example:${sink.port}/`);
      await expect(refused).rejects.toThrow('The address is private');
      await outbound.close();
    }
    expect(sink.requests).toEqual([]);
  });

  it('check the address that is connected to: a name that resolves to another one the next time gains nothing', async () => {
    // The first answer would pass a check before the connection.
    const { lookup, lookups } = resolverOf(['127.0.0.1'], ['93.184.216.34']);
    const outbound = new Outbound(false, lookup);
    await expect(post(outbound, `http://rebinding.example:${sink.port}/`)).rejects.toBeInstanceOf(
      PermanentError,
    );
    expect(lookups).toEqual(['rebinding.example']);
    await outbound.close();
  });

  it('are refused for addresses in numbers, in every spelling', async () => {
    const outbound = new Outbound(false);
    for (const host of ['127.0.0.1', '0x7f.1', '2130706433', '[::1]', '[::ffff:7f00:1]', '127.1', '0'])
      await expect(post(outbound, `http://${host}:${sink.port}/`)).rejects.toThrow('The address is private');
    expect(sink.requests).toEqual([]);
    await outbound.close();
  });

  it('do not follow a redirect', async () => {
    const outbound = new Outbound(true);
    sink.answers.push({ status: 307, headers: { location: `${sink.url}/inside` } });
    expect((await post(outbound, sink.url)).status).toBe(307);
    expect(sink.requests.map(({ path }) => path)).toEqual(['/']);
    await outbound.close();
  });

  it('read no more than the beginning of a long answer', async () => {
    const outbound = new Outbound(true);
    sink.answers.push({ status: 200, body: 'x'.repeat(5_000_000) });
    expect((await post(outbound, sink.url)).body).toHaveLength(64 * 1024);
    await outbound.close();
  });

  it('say that the provider is down when nobody answers', async () => {
    const outbound = new Outbound(true);
    const gone = await HttpSink.start({ status: 200 });
    const { url } = gone;
    await gone.close();
    await expect(post(outbound, url)).rejects.toBeInstanceOf(ProviderDownError);
    await outbound.close();
  });
});
