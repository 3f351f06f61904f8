import { buildASTSchema, type GraphQLSchema, graphql, parse } from 'graphql';
import { formatGraphQLError } from '../../platform/graphql/error-format';
import type { Logger } from '../../platform/observability/logger';
import type { Authenticator } from '../../platform/security/authenticator';
import { plinthVersion } from '../../platform/version';
import type { ServedSupergraph } from '../schema/supergraph-file';
import type { RateLimitSettings } from '../traffic/rate-limits';
import type { Service } from '../traffic/service';
import type { SubgraphRequest, SubgraphResponse } from '../transport/transport';
import type { Discovery } from './discovery';
import { gatewaySdl } from './gateway-schema';
import type { ServedSchemas } from './served-schemas';

export interface GatewayState {
  readonly authenticator: Pick<Authenticator, 'authenticate'>;
  readonly schema: () => ServedSupergraph;
  readonly schemas: Pick<ServedSchemas, 'refusals' | 'hashOf'>;
  readonly services: () => readonly Service[];
  readonly registered: () => Discovery['instances'];
  readonly limits: RateLimitSettings | undefined;
  /** Of the gateway; empty when it does not say. */
  readonly zone: string;
  readonly logger: Logger;
}

/** Answers the calls to the gateway's own subgraph, in this process. */
export class GatewaySubgraph {
  private schema: GraphQLSchema | undefined;

  constructor(private readonly state: GatewayState) {}

  async answer({ body, headers }: SubgraphRequest): Promise<SubgraphResponse> {
    const { query, variables } = JSON.parse(body) as { query: string; variables?: Record<string, unknown> };
    this.schema ??= buildASTSchema(parse(gatewaySdl), { assumeValidSDL: true });
    const result = await graphql({
      schema: this.schema,
      source: query,
      variableValues: variables ?? {},
      rootValue: { gateway: () => this.gateway(Object.fromEntries(headers.entries)) },
    });
    const { data, errors } = result;
    const formatted = errors?.map(error => formatGraphQLError(error.toJSON(), error, this.state.logger));
    return {
      status: 200,
      body: Buffer.from(JSON.stringify({ data, ...(formatted && { errors: formatted }) })),
    };
  }

  /** @throws AppError 401, 403 without gateway:read */
  private async gateway(headers: Record<string, string>) {
    const caller = await this.state.authenticator.authenticate(headers);
    caller.require('gateway:read');
    const { schema, schemas, services, limits, zone } = this.state;
    const { hash, servedSince } = schema();
    return {
      version: plinthVersion(),
      zone: zone || null,
      schema: {
        hash,
        servedSince: new Date(servedSince).toISOString(),
        refused: schemas.refusals.map(({ subgraph, schemaHash, errors }) => ({
          subgraph,
          hash: schemaHash,
          errors,
        })),
      },
      services: [...services()]
        .sort((one, other) => one.name.localeCompare(other.name))
        .map(service => this.serviceOf(service)),
      rateLimits: limits
        ? [
            { name: 'requests', points: limits.points, windowSeconds: limits.windowSeconds },
            { name: 'credentials', points: limits.credentials, windowSeconds: limits.windowSeconds },
          ]
        : [],
    };
  }

  private serviceOf({ name, inFlight, policy, instances }: Service) {
    const now = performance.now();
    const registered = new Map(this.state.registered().map(each => [each.id, each]));
    return {
      name,
      entities: this.state.schema().entities.get(name) ?? [],
      schemaHash: this.state.schemas.hashOf(name) ?? null,
      inFlight,
      maxConcurrent: policy.maxConcurrent,
      timeoutMs: policy.timeoutMs,
      instances: instances.map(({ id, url, isReady, outstanding, breaker }) => ({
        id,
        url,
        version: registered.get(id)?.version || null,
        zone: registered.get(id)?.zone || null,
        schemaHash: registered.get(id)?.schemaHash ?? null,
        isReady,
        outstanding,
        breaker: breaker.state(now).toUpperCase(),
      })),
    };
  }
}
