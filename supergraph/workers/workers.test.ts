import cluster from 'node:cluster';
import { createLogger } from '../../platform/observability/logger';
import { readGatewayConfig } from '../config';
import { WorkerPool } from './worker-pool';

describe('GATEWAY_WORKERS', () => {
  it.each<['embedded' | 'alone', Record<string, string>, RegExp]>([
    [
      'alone',
      { SUPERGRAPH_SDL: 'x.graphql' },
      /^GATEWAY_WORKERS must be 1 without REDIS_URL: .* \(it is "4"\)$/m,
    ],
    ['alone', {}, /^REDIS_URL is not set: [\s\S]*^GATEWAY_WORKERS must be 1 without REDIS_URL/m],
    [
      'embedded',
      { REDIS_URL: 'redis://127.0.0.1' },
      /^GATEWAY_WORKERS must be 1 where all runs in one process/m,
    ],
  ])('is refused %s with %j', (shape, environment, complaint) => {
    expect(() => readGatewayConfig(shape, { ...environment, GATEWAY_WORKERS: '4' })).toThrow(complaint);
  });

  it.each(['0', '-1', '65', 'many', '1.5'])('is refused as %j', text => {
    expect(() =>
      readGatewayConfig('alone', { REDIS_URL: 'redis://127.0.0.1', GATEWAY_WORKERS: text }),
    ).toThrow('GATEWAY_WORKERS must be');
  });

  it('is 1 unless set, and what it is set to with Redis', () => {
    expect(readGatewayConfig('embedded', {}).workers).toBe(1);
    const environment = { REDIS_URL: 'redis://127.0.0.1', GATEWAY_WORKERS: '4' };
    expect(readGatewayConfig('alone', environment).workers).toBe(4);
  });
});

describe('a roll of the workers', () => {
  it('whose new worker cannot be spawned fails in the log alone, and can be repeated', async () => {
    const logger = createLogger({ service: 'gateway', level: 'silent' });
    const logged = jest.spyOn(logger, 'error');
    const pool = new WorkerPool({ host: '127.0.0.1', workers: 1, shutdownGrace: 1 }, logger);
    cluster.setupPrimary({ cwd: '/nowhere' });
    try {
      await pool.roll();
      const failures = logged.mock.calls.length;
      expect(failures).toBeGreaterThan(0);
      await pool.roll();
      expect(logged).toHaveBeenCalledTimes(failures * 2);
    } finally {
      cluster.setupPrimary({ cwd: undefined as never });
      cluster.removeAllListeners();
      await pool.stop();
    }
  });
});
