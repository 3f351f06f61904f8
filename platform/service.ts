import { BlockList } from 'node:net';
import { type TlsConfig, tlsFilesOf } from './common-settings';
import { requireCurrentForWrites } from './current-writes';
import { AnonymousOperations } from './graphql/anonymous-operations';
import { startApolloServer } from './graphql/apollo-server';
import { formatGraphQLError } from './graphql/error-format';
import { GraphQLHandler } from './graphql/handler';
import { KnownOperations } from './graphql/known-operations';
import { OperationExecutor } from './graphql/operation-executor';
import { restRoutes } from './graphql/rest-routes';
import type { RestRoute } from './graphql/rest-table';
import { type Subgraph, subgraphSchema, subgraphSdl } from './graphql/subgraph-schema';
import { type Client, clientOf } from './http/client-address';
import { healthRoutes, metricsRoute } from './http/operator-routes';
import type { HttpRequest } from './http/request';
import type { Route } from './http/router';
import { HttpServer, type UpgradeHandler } from './http/server';
import { hostInUrl } from './http/url-host';
import { uuidv7 } from './ids';
import { runInContext } from './observability/tracing';
import type { RunningService } from './process';
import { keepRegistered, reachableHost, schemaHashOf } from './registry/registration';
import { anonymous, type Caller } from './security/caller';
import type { ServiceContext } from './service-context';
import { ServiceOperations } from './subscriptions/service-operations';
import { GraphQLWebSockets, isOwnOrigin } from './subscriptions/websocket-server';
import { plinthVersion } from './version';

/** The context of every resolver; a service adds its loaders. */
export interface RequestContext {
  readonly caller: Caller;
  readonly client: Client;
  readonly request: HttpRequest;
}

/** Twice that of the gateway: what the gateway takes must fit with the headers that it adds. */
const maxHeaderSize = 32 * 1024;

/** What a service answers. */
export interface ServiceDefinition<Context extends RequestContext> {
  subgraph: Subgraph<Context>;
  /** Makes the context of a request, whose loaders live as long as the request. */
  context: (request: RequestContext) => Context;
  /** This service's rows of the REST table. */
  rest?: readonly RestRoute[];
  /** What the paths of `rest` begin with at the gateway; the service's name by default. */
  restPrefix?: string;
  /** Routes beside GraphQL and REST, such as a key set. */
  routes?: readonly Route[];
}

/** The part of a ServiceContext that a server needs. */
export type ServerContext = Pick<ServiceContext, 'name' | 'logger' | 'metrics' | 'resources' | 'ready'> & {
  readonly spans?: ServiceContext['spans'];
  readonly identity: Pick<ServiceContext['identity'], 'authenticator'>;
  readonly relay: Pick<ServiceContext['relay'], 'start'>;
  /** Undefined where nobody looks for the service. */
  readonly registry?: ServiceContext['registry'];
  readonly clock?: ServiceContext['clock'];
};

/**
 * Starts the server of a subgraph: `/graphql`, its REST paths, `/health`, `/health/ready` and `/metrics`. It owns the context: `stop`
 * answers the requests in flight and then closes the context's resources, and a start that fails closes them too.
 *
 * @param define makes the parts of the service; it defers the closing of what it opens to `context.resources`
 */
export async function startService<Context extends RequestContext>(
  context: ServerContext,
  config: TlsConfig & {
    host: string;
    port: number;
    shutdownGrace: number;
    trustedProxies?: BlockList;
    instanceUrl?: string | undefined;
    instanceZone?: string | undefined;
  },
  define: () => ServiceDefinition<Context> | Promise<ServiceDefinition<Context>>,
): Promise<RunningService> {
  const { name, logger, metrics, spans, resources } = context;
  try {
    const definition = await define();
    const answers = await answersOf(context, definition, config.trustedProxies ?? new BlockList());
    const tls = tlsFilesOf(name, config);
    const server = new HttpServer({
      ...answers,
      logger,
      metrics,
      spans,
      runIn: runInContext,
      maxHeaderSize,
      tls,
    });
    const port = await server.listen(config.port, config.host);
    resources.defer(() => server.stop(config.shutdownGrace * 1000));
    // Not before: events that wait must not keep a start that fails from closing.
    context.relay.start();
    await register(context, config, { port, isTls: tls !== undefined }, definition.subgraph);
    return {
      name,
      port,
      url: `${tls === undefined ? 'http' : 'https'}://${hostInUrl(config.host)}:${port}`,
      stop: () => resources.close(),
    };
  } catch (error) {
    await resources.close();
    throw error;
  }
}

/** Lets gateways find the instance. It leaves before its server stops, so that they call another one. */
async function register<Context>(
  { name, registry, clock, logger, resources }: ServerContext,
  config: { host: string; instanceUrl?: string | undefined; instanceZone?: string | undefined },
  { port, isTls }: { port: number; isTls: boolean },
  subgraph: Subgraph<Context>,
): Promise<void> {
  if (registry === undefined || clock === undefined) return;
  const sdl = await subgraphSdl(subgraph);
  const instance = {
    id: uuidv7(clock.now()),
    name,
    url: config.instanceUrl ?? `${isTls ? 'https' : 'http'}://${reachableHost(config.host)}:${port}/graphql`,
    version: plinthVersion(),
    schemaHash: schemaHashOf(sdl),
    zone: config.instanceZone ?? '',
    registeredAt: clock.now(),
    isProbed: false,
  };
  resources.defer(keepRegistered(registry, instance, sdl, logger));
}

async function answersOf<Context extends RequestContext>(
  context: ServerContext,
  definition: ServiceDefinition<Context>,
  trustedProxies: BlockList,
): Promise<{ routes: Route[]; upgrades: UpgradeHandler }> {
  const { name, logger, metrics, resources, identity } = context;
  const { authenticator } = identity;
  const schema = requireCurrentForWrites(await subgraphSchema(definition.subgraph));
  const formatError: Parameters<typeof startApolloServer>[0]['formatError'] = (formatted, error) =>
    formatGraphQLError(formatted, error, logger);
  const executor = new OperationExecutor(schema);
  const apolloServer = await startApolloServer<Context>({ schema, executor, metrics, formatError });
  resources.defer(() => apolloServer.stop());

  const contextFor = (request: HttpRequest, caller: Caller): Context =>
    definition.context({ caller, client: clientOf(request, trustedProxies), request });
  const contextOf = async (request: HttpRequest): Promise<Context> =>
    contextFor(request, await authenticator.authenticate(request.headers));
  const handler = new GraphQLHandler(
    apolloServer,
    new KnownOperations(executor, metrics, formatError),
    contextOf,
    {
      operations: AnonymousOperations.of(schema),
      contextOf: request => contextFor(request, anonymous),
    },
  );
  const { pubSub } = definition.subgraph;
  const operations = new ServiceOperations({
    schema,
    executor,
    authenticator,
    contextOf,
    listening: async () => pubSub?.listening(),
    metrics,
    formatError,
  });
  return {
    routes: [
      { method: '*', path: '/graphql', handle: request => handler.handle(request) },
      ...healthRoutes(name, context.ready),
      metricsRoute(metrics),
      ...(definition.routes ?? []),
      ...restRoutes(
        definition.rest ?? [],
        schema,
        (operation, request) => handler.execute(operation, request),
        definition.restPrefix ?? `/${name}`,
      ),
    ],
    upgrades: new GraphQLWebSockets({
      path: '/graphql',
      operations,
      authenticator,
      isOriginAllowed: isOwnOrigin,
      logger,
      metrics,
    }),
  };
}
