import { join } from 'node:path';
import type { FormattedExecutionResult } from 'graphql';
import { restRoutes } from '../platform/graphql/rest-routes';
import type { RestRoute, StreamRoute } from '../platform/graphql/rest-table';
import { healthRoutes, metricsRoute } from '../platform/http/operator-routes';
import type { HttpRequest } from '../platform/http/request';
import { jsonResponse } from '../platform/http/response';
import type { Route } from '../platform/http/router';
import type { Metrics } from '../platform/observability/metrics';
import { projectRoot } from '../platform/project-root';
import type { Callers } from './http/callers';
import { dashboardRoutes } from './http/dashboard';
import { docsRoutes } from './http/docs-page';
import { GraphiQLPage } from './http/graphiql-page';
import type { GraphQLHandler } from './http/graphql-handler';
import { landingPage } from './http/landing-page';
import type { SubgraphHealth } from './http/subgraph-health';
import { openApiOf } from './rest/openapi';
import type { RootAccess } from './rest/root-access';
import type { SupergraphExecutor } from './supergraph-executor';

/** All routes of the gateway. */
export function routesOf(parts: {
  graphql: GraphQLHandler;
  callers: Callers;
  executor: SupergraphExecutor;
  metrics: Pick<Metrics, 'page'>;
  table: readonly RestRoute[];
  /** How services join and leave. */
  registry: readonly Route[];
  /** What the root fields ask of their callers, for the description of the routes. */
  access: ReadonlyMap<string, RootAccess>;
  /** Paths that a service answers with bytes, and their table. */
  streams: readonly Route[];
  streamTable: readonly StreamRoute[];
  health: Pick<SubgraphHealth, 'states'>;
  landingPage: 'sandbox' | 'graphiql' | 'off';
}): Route[] {
  const { graphql, callers, executor, table } = parts;
  const graphiql = new GraphiQLPage();
  const hasLandingPage = parts.landingPage !== 'off';
  const landing = (request: HttpRequest) =>
    parts.landingPage === 'graphiql' ? graphiql.answer(request) : landingPage();
  const openApi = JSON.stringify(openApiOf(table, executor.apiSchema, parts.access, parts.streamTable));
  return [
    {
      method: '*',
      path: '/graphql',
      handle: request => (hasLandingPage && isBrowsing(request) ? landing(request) : graphql.handle(request)),
    },
    ...(hasLandingPage
      ? [
          { method: 'GET', path: '/', handle: landing },
          { method: 'GET', path: '/graphiql', handle: (request: HttpRequest) => graphiql.answer(request) },
        ]
      : []),
    ...restRoutes(table, executor.apiSchema, async ({ query, variables }, request) => {
      const context = await callers.contextOfOperation(request, () => ({ query }));
      const result = await executor.execute({ query, variables }, context);
      graphql.note(request, result);
      return JSON.parse(result.body.toString()) as FormattedExecutionResult;
    }),
    ...parts.streams,
    ...parts.registry,
    {
      method: 'GET',
      path: '/openapi.json',
      handle: () => ({
        status: 200,
        headers: { 'content-type': 'application/json; charset=utf-8' },
        body: openApi,
      }),
    },
    ...dashboardRoutes(join(projectRoot(), 'dist', 'dashboard')),
    ...docsRoutes(),
    ...healthRoutes('gateway', {}).filter(route => route.path === '/health'),
    {
      // The gateway loads its schema before it listens. It is ready while one subgraph is: it still answers operations of that one.
      method: 'GET',
      path: '/health/ready',
      quiet: true,
      handle: async () => {
        const subgraphs = await parts.health.states();
        const isReady = Object.values(subgraphs).includes('ready');
        return jsonResponse(
          isReady ? 200 : 503,
          {
            status: isReady ? 'ready' : 'not_ready',
            service: 'gateway',
            checks: { schema: 'ready' },
            subgraphs,
          },
          { 'cache-control': 'no-store' },
        );
      },
    },
    metricsRoute(parts.metrics),
  ];
}

/** Whether a person opens the endpoint in a browser. */
function isBrowsing(request: HttpRequest): boolean {
  return (
    request.method === 'GET' &&
    request.search === '' &&
    (request.header('accept') ?? '').includes('text/html')
  );
}
