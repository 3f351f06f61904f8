import type { Metrics } from '../observability/metrics';
import { jsonResponse, type Route } from './request';

/** What must answer before a service is ready: name → a check that throws. */
export type ReadinessChecks = Readonly<Record<string, () => Promise<void>>>;

/** Liveness says that the process answers; readiness says what it stands on does, each part by name. */
export function healthRoutes(service: string, ready: ReadinessChecks): Route[] {
  return [
    {
      method: 'GET',
      path: '/health',
      quiet: true,
      handle: () => jsonResponse(200, { status: 'healthy', service }, { 'cache-control': 'no-store' }),
    },
    {
      method: 'GET',
      path: '/health/ready',
      quiet: true,
      handle: async () => {
        const parts = await Promise.all(
          Object.entries(ready).map(async ([part, check]) => [part, await outcomeOf(check)] as const),
        );
        const isReady = parts.every(([, outcome]) => outcome === 'ready');
        return jsonResponse(
          isReady ? 200 : 503,
          { status: isReady ? 'ready' : 'not_ready', service, checks: Object.fromEntries(parts) },
          { 'cache-control': 'no-store' },
        );
      },
    },
  ];
}

const readinessTimeout = 2_000;

async function outcomeOf(check: () => Promise<void>): Promise<'ready' | 'not_ready'> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('no answer in time')), readinessTimeout);
  });
  try {
    await Promise.race([check(), late]);
    return 'ready';
  } catch {
    // Why it is not ready is in the log of the part that fails; the answer may be seen by anybody.
    return 'not_ready';
  } finally {
    clearTimeout(timer);
  }
}

export function metricsRoute(metrics: Metrics): Route {
  return {
    method: 'GET',
    path: '/metrics',
    quiet: true,
    handle: async () => {
      const { contentType, body } = await metrics.page();
      return { status: 200, headers: { 'content-type': contentType }, body };
    },
  };
}
