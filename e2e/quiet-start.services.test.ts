import { eventually } from './client';
import { type Plinth, services, startPlinth } from './plinth';

interface LogLine {
  level: string;
  service: string;
  msg: string;
}

describe('the log of a start as six processes', () => {
  let plinth: Plinth;

  beforeAll(async () => {
    plinth = await startPlinth();
  }, 90_000);
  afterAll(() => plinth?.close());

  it('says of each server that it listens, and warns of nothing while everything answers', async () => {
    await eventually(async () => {
      const answers = await Promise.all(
        services.map(service => fetch(`${plinth.urls[service]}/health/ready`)),
      );
      expect(answers.map(({ status }) => status)).toEqual(services.map(() => 200));
    }, 60_000);
    const lines = plinth
      .output()
      .split('\n')
      .filter(line => line.startsWith('{'))
      .map(line => JSON.parse(line) as LogLine);

    expect(lines.filter(({ level }) => level !== 'info' && level !== 'debug')).toEqual([]);
  });
});
