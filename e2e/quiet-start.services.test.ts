import { eventually } from './client';
import { type Plinth, services, startPlinth } from './plinth';

interface LogLine {
  level: string;
  service: string;
  message: string;
}

describe('the log of a start as six processes', () => {
  let plinth: Plinth;

  beforeAll(async () => {
    plinth = await startPlinth();
  }, 90_000);
  afterAll(() => plinth?.close());

  it('does not warn that Redis cannot be reached while it answers', async () => {
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
    expect(lines.length).toBeGreaterThan(0);
    // Every use of Redis has its own line: connections, events, the registry.
    const alarms = lines.filter(
      line => line.level !== 'info' && /Redis|Events|registry/.test(JSON.stringify(line)),
    );
    expect(alarms).toEqual([]);
  });
});
