import type { GraphQLDataSource, GraphQLDataSourceProcessOptions } from '@apollo/gateway';
import type { GatewayGraphQLResponse } from '@apollo/server-gateway-interface';
import { GraphQLError, Kind, OperationTypeNode } from 'graphql';
import { type Dispatcher, Pool } from 'undici';
import { unavailable } from '../../platform/errors';
import { Cancellation } from '../../platform/http/cancellation';
import type { OperationSummary, RequestContext } from '../supergraph-executor';

/** What the stock executor hands from the door through @apollo/gateway to here. */
export interface StockContext {
  readonly door: RequestContext;
  /** Filled in once the operation is known. */
  readonly noted: { operation?: OperationSummary };
}

export interface SourceLimits {
  /** For the whole answer. */
  readonly timeoutMs: number;
  readonly maxResponseBytes: number;
}

/**
 * The way to one subgraph: GraphQL over HTTP on kept-alive connections. Whatever goes wrong on it is one
 * SERVICE_UNAVAILABLE that names neither the subgraph nor its address; why is in the error's cause, for the log.
 */
export class SubgraphSource implements GraphQLDataSource<StockContext> {
  private readonly pool: Pool;
  private readonly path: string;

  constructor(
    private readonly name: string,
    url: string,
    private readonly limits: SourceLimits,
  ) {
    const { origin, pathname, search } = new URL(url);
    this.path = pathname + search;
    this.pool = new Pool(origin, {
      connections: 64,
      connect: { timeout: Math.min(3_000, limits.timeoutMs) },
    });
  }

  async process(options: GraphQLDataSourceProcessOptions<StockContext>): Promise<GatewayGraphQLResponse> {
    const { request } = options;
    const door = 'incomingRequestContext' in options ? options.context.door : undefined;
    const isRead =
      'incomingRequestContext' in options &&
      options.incomingRequestContext.operation?.operation !== OperationTypeNode.MUTATION;
    try {
      const text = await this.send(
        JSON.stringify({
          query: request.query,
          variables: request.variables,
          operationName: request.operationName,
        }),
        door,
        isRead,
      );
      return readAnswer(text, request.variables?.['representations']);
    } catch (cause) {
      throw new GraphQLError('A service that this needs cannot answer right now', {
        path: pathOf(options),
        originalError: unavailable(
          'A service that this needs cannot answer right now',
          new Error(`subgraph ${this.name}`, { cause }),
        ),
      });
    }
  }

  async close(): Promise<void> {
    await this.pool.close();
  }

  private async send(body: string, door: RequestContext | undefined, isRead: boolean): Promise<string> {
    // What the client no longer waits for is not worth reading; what changes something is let run to its end.
    const patience = AbortSignal.timeout(this.limits.timeoutMs);
    const client = door?.signal instanceof Cancellation ? door.signal.signal : (door?.signal as AbortSignal);
    const signal = isRead && client ? AbortSignal.any([patience, client]) : patience;
    const options: Dispatcher.RequestOptions = {
      method: 'POST',
      path: this.path,
      body,
      headers: {
        ...door?.headers,
        'content-type': 'application/json',
        accept: 'application/graphql-response+json, application/json',
      },
      signal,
      headersTimeout: this.limits.timeoutMs,
      bodyTimeout: this.limits.timeoutMs,
    };
    let answer: Dispatcher.ResponseData;
    try {
      answer = await this.pool.request(options);
    } catch (error) {
      // A service that was restarted has dropped the connections we kept. Only what changes nothing is sent again.
      if (!isRead || !isDropped(error)) throw error;
      answer = await this.pool.request(options);
    }
    const chunks: Buffer[] = [];
    let size = 0;
    for await (const chunk of answer.body as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > this.limits.maxResponseBytes) {
        throw new Error(`the answer is larger than ${this.limits.maxResponseBytes} bytes`);
      }
      chunks.push(chunk);
    }
    return Buffer.concat(chunks, size).toString('utf8');
  }
}

function isDropped(error: unknown): boolean {
  const { code } = (error ?? {}) as { code?: unknown };
  return code === 'ECONNRESET' || code === 'EPIPE' || code === 'UND_ERR_SOCKET';
}

/** Codes that mean: the subgraph does not know what the supergraph says it knows. That is no fault of the client's. */
const mismatches = new Set(['GRAPHQL_PARSE_FAILED', 'GRAPHQL_VALIDATION_FAILED']);

/** @throws Error when this is not an answer to what was asked */
function readAnswer(text: string, representations: unknown): GatewayGraphQLResponse {
  const answer: unknown = JSON.parse(text);
  if (!isObject(answer)) throw new Error('the answer is not an object');
  const { data, errors } = answer;
  if (data === undefined && errors === undefined) throw new Error('the answer has neither data nor errors');
  if (data !== undefined && data !== null && !isObject(data)) throw new Error('its data is not an object');
  if (errors !== undefined) {
    if (!Array.isArray(errors) || !errors.every(one => isObject(one) && typeof one['message'] === 'string')) {
      throw new Error('its errors are not a list of errors');
    }
    for (const one of errors as Array<{ message: string; extensions?: unknown }>) {
      const code = isObject(one.extensions) ? one.extensions['code'] : undefined;
      if (typeof code === 'string' && mismatches.has(code)) throw new Error(`it refused: ${one.message}`);
    }
  }
  if (Array.isArray(representations) && isObject(data)) {
    const entities = data['_entities'];
    if (!Array.isArray(entities) || entities.length !== representations.length) {
      throw new Error('its entities are not those that were asked for');
    }
  }
  return {
    ...(data === undefined ? {} : { data }),
    ...(errors === undefined ? {} : { errors }),
  } as GatewayGraphQLResponse;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Where the hole is in the client's answer; for a root field its name, for items of a list the list. */
function pathOf(options: GraphQLDataSourceProcessOptions<StockContext>): string[] {
  if (!('pathInIncomingRequest' in options)) return [];
  const path = (options.pathInIncomingRequest ?? []).filter(step => step !== '@').map(String);
  if (path.length > 0) return path;
  const operation = options.document?.definitions.find(one => one.kind === Kind.OPERATION_DEFINITION);
  const root = operation?.selectionSet.selections[0];
  return root?.kind === Kind.FIELD ? [root.alias?.value ?? root.name.value] : [];
}
