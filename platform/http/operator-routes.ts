import type { Metrics } from '../observability/metrics';
import { metricsFormatFor } from '../observability/open-metrics';
import { withTimeout } from '../timeout';
import { jsonResponse } from './response';
import type { Route } from './router';

/** Dependency → a check that throws while the dependency is not ready. */
export type ReadinessChecks = Readonly<Record<string, () => Promise<void>>>;

/** Liveness: the process answers. Readiness: its dependencies answer, each listed by name. */
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

const readinessTimeoutMs = 2_000;

async function outcomeOf(check: () => Promise<void>): Promise<'ready' | 'not_ready'> {
  try {
    await withTimeout(check(), readinessTimeoutMs);
    return 'ready';
  } catch {
    // The part that fails logs the cause; the answer is public.
    return 'not_ready';
  }
}

export function metricsRoute(metrics: Pick<Metrics, 'page'>): Route {
  return {
    method: 'GET',
    path: '/metrics',
    quiet: true,
    handle: async request => {
      const { contentType, body } = await metrics.page(metricsFormatFor(request.header('accept')));
      return { status: 200, headers: { 'content-type': contentType, vary: 'accept' }, body };
    },
  };
}
