import { eventually } from '../testing/eventually';
import { LinesRefused, LogShipper, type ShipperOptions } from './log-shipper';

function shipperTo(send: ShipperOptions['send']) {
  const counts = { shipped: 0, dropped: 0, warnings: 0 };
  const shipper = new LogShipper({
    send,
    onShipped: lines => {
      counts.shipped += lines;
    },
    onDropped: lines => {
      counts.dropped += lines;
    },
    logger: {
      info: () => undefined,
      warn: () => {
        counts.warnings++;
      },
    },
    everyMs: 1,
  });
  return { shipper, counts };
}

describe('the shipper of log lines', () => {
  it('sends lines in their order, many in one batch', async () => {
    const sent: string[] = [];
    const { shipper, counts } = shipperTo(async lines => void sent.push(lines));
    for (let line = 0; line < 100; line++) shipper.add(`${line}\n`, 1);
    await eventually(async () => expect(counts.shipped).toBe(100));
    expect(sent.join('')).toBe(Array.from({ length: 100 }, (_, line) => `${line}\n`).join(''));
    expect(sent.length).toBe(1);
    await shipper.close();
  });

  it('keeps lines while the other side is away, warns once, and sends them later', async () => {
    let isAway = true;
    const sent: string[] = [];
    const { shipper, counts } = shipperTo(async lines => {
      if (isAway) {
        sent.push('tried');
        throw new Error('away');
      }
      sent.push(lines);
    });
    shipper.add('one\n', 1);
    await eventually(async () => expect(sent.length).toBeGreaterThan(2));
    shipper.add('two\n', 1);
    isAway = false;
    await eventually(async () => expect(counts.shipped).toBe(2));
    expect(counts).toEqual({ shipped: 2, dropped: 0, warnings: 1 });
    expect(sent.filter(text => text !== 'tried').join('')).toBe('one\ntwo\n');
    await shipper.close();
  });

  it('drops lines over its bound, and batches that are refused, and counts them', async () => {
    let isAway = true;
    const { shipper, counts } = shipperTo(async () => {
      throw isAway ? new Error('away') : new LinesRefused('no');
    });
    const line = `${'x'.repeat(1024 * 1024 - 1)}\n`;
    for (let count = 0; count < 6; count++) shipper.add(line, 1);
    expect(counts.dropped).toBe(2);
    isAway = false;
    await eventually(async () => expect(counts.dropped).toBe(6));
    await shipper.close();
  });

  it('sends the last lines when it is closed, but does not wait for a side that is away', async () => {
    const sent: string[] = [];
    const working = shipperTo(async lines => void sent.push(lines));
    working.shipper.add('last\n', 1);
    await working.shipper.close();
    expect(sent).toEqual(['last\n']);
    const away = shipperTo(() => Promise.reject(new Error('away')));
    away.shipper.add('lost\n', 1);
    await away.shipper.close();
    expect(away.counts).toMatchObject({ shipped: 0, dropped: 1 });
  });
});
