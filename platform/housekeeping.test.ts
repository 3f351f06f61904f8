import { setTimeout as sleep } from 'node:timers/promises';
import { Housekeeping } from './housekeeping';
import { silentLogger } from './observability/logger';
import { eventually } from './testing/eventually';

describe('housekeeping', () => {
  it('runs the other tasks when one fails, and runs the failed task again', async () => {
    const runs: string[] = [];
    const failing = async () => {
      runs.push('failing');
      throw new Error('away');
    };
    const housekeeping = new Housekeeping(10, [failing, async () => runs.push('other')], silentLogger);
    housekeeping.start();
    await eventually(() => expect(runs.slice(0, 4)).toEqual(['failing', 'other', 'failing', 'other']));
    await housekeeping.stop();
  });

  it('never starts a round while another is at work, and stops when that one has ended', async () => {
    let atWork = 0;
    let most = 0;
    let ended = 0;
    const slow = async () => {
      most = Math.max(most, ++atWork);
      await sleep(50);
      atWork--;
      ended++;
    };
    const housekeeping = new Housekeeping(5, [slow], silentLogger);
    housekeeping.start();
    await eventually(() => expect(ended).toBeGreaterThan(1));
    await housekeeping.stop();
    const before = ended;
    expect([most, atWork]).toEqual([1, 0]);
    await sleep(60);
    expect(ended).toBe(before);
  });
});
