import { setTimeout as sleep } from 'node:timers/promises';
import type { LivePubSub } from '../events/live-updates';

export function pubSubContract(kind: string, create: () => LivePubSub): void {
  describe(`LivePubSub (${kind})`, () => {
    let live: LivePubSub;

    beforeEach(() => {
      live = create();
    });

    afterEach(() => live.close());

    const listen = async (topic: string, id?: unknown) => {
      const iterator = live.subscribe(topic, id)[Symbol.asyncIterator]();
      await live.listening();
      return iterator;
    };

    it('rings for those who listen to the topic, or to the topic with their id', async () => {
      const [all, ada, bob] = [await listen('t'), await listen('t', 'ada'), await listen('t', 'bob')];
      live.publish('t', { n: 1 });
      live.publish('t', 'ada', { n: 2 });
      expect((await all.next()).value).toEqual({ n: 1 });
      expect((await ada.next()).value).toEqual({ n: 2 });
      await bob.return?.();
      expect(await bob.next()).toEqual({ done: true, value: undefined });
    });

    it('ends every subscription when it closes', async () => {
      const iterator = await listen('t');
      const next = iterator.next();
      await live.close();
      expect(await next).toEqual({ done: true, value: undefined });
    });

    it('drops a reader that falls a thousand behind, and says why', async () => {
      const slow = await listen('t');
      for (let i = 0; i < 1_100; i++) live.publish('t', i);
      await sleep(kind === 'Redis' ? 300 : 0);
      await expect(
        (async () => {
          for (;;) {
            const { done } = await slow.next();
            if (done) return;
          }
        })(),
      ).rejects.toMatchObject({ code: 'SUBSCRIBER_TOO_SLOW' });
    });
  });
}
