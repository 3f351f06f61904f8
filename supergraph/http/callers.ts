import type { BlockList } from 'node:net';
import { type AnonymousOperations, isExpiredToken } from '../../platform/graphql/anonymous-operations';
import { type Client, clientOf } from '../../platform/http/client-address';
import type { HttpRequest } from '../../platform/http/request';
import { traceparentOf } from '../../platform/observability/tracing';
import type { Authenticator } from '../../platform/security/authenticator';
import { anonymous, type Caller } from '../../platform/security/caller';
import type { GraphQLRequest, RequestContext } from '../supergraph-executor';
import { noRights, type OperationBudget, type Rights } from '../supergraph-executor';
import type { RateLimits } from '../traffic/rate-limits';

/** Callers that may run introspection: all, none, or those who have signed in. */
export type Introspection = 'on' | 'off' | 'authenticated';

const longestApiKey = 500;
/** With `true` the answer's `extensions` contain the cost of the operation. */
const costHeader = 'x-operation-cost';

/** Makes the request context: the authenticated caller, and the headers for the subgraphs. */
export class Callers {
  /**
   * @param authenticator undefined where only the subgraphs check tokens
   * @param trusted the proxies whose `x-forwarded-for` is believed
   * @param anonymousOperations those that an expired token does not refuse
   * @param options no rate limits and no deadline when undefined
   */
  constructor(
    private readonly authenticator: Pick<Authenticator, 'authenticate'> | undefined,
    private readonly introspection: Introspection,
    private readonly trusted: BlockList,
    private readonly anonymousOperations: AnonymousOperations,
    private readonly options: { readonly limits?: RateLimits | undefined; readonly timeoutMs?: number } = {},
  ) {}

  /** Without a promise where the credential is cached. @throws AppError 401 for a wrong one, 429 over the rate limit, 503 when it cannot be checked right now */
  contextOf(request: HttpRequest): RequestContext | Promise<RequestContext> {
    const client = clientOf(request, this.trusted);
    request.facts.client_address = client.address;
    let caller: Caller | Promise<Caller>;
    try {
      caller = this.authenticator?.authenticate(request.headers) ?? anonymous;
    } catch (error) {
      return this.failed(error, request, client);
    }
    return caller instanceof Promise
      ? caller.then(
          each => this.admitted(each, request, client),
          error => this.failed(error, request, client),
        )
      : this.admitted(caller, request, client);
  }

  /** The context of an event of a subscription, which spends nothing. @throws AppError 401 when the access has ended */
  contextOfEvent(request: HttpRequest): RequestContext | Promise<RequestContext> {
    const client = clientOf(request, this.trusted);
    const caller = this.authenticator?.authenticate(request.headers) ?? anonymous;
    return caller instanceof Promise
      ? caller.then(each => this.contextFor(each, request, client, undefined))
      : this.contextFor(caller, request, client, undefined);
  }

  /**
   * The same for an operation: an expired token counts as none where the operation takes no caller.
   *
   * @param operationOf called only for an expired token
   */
  contextOfOperation(
    request: HttpRequest,
    operationOf: () => GraphQLRequest | Promise<GraphQLRequest>,
  ): RequestContext | Promise<RequestContext> {
    try {
      const context = this.contextOf(request);
      if (!(context instanceof Promise)) return context;
      return context.catch((error: unknown) => this.contextWithoutCaller(error, request, operationOf));
    } catch (error) {
      return this.contextWithoutCaller(error, request, operationOf);
    }
  }

  private async contextWithoutCaller(
    error: unknown,
    request: HttpRequest,
    operationOf: () => GraphQLRequest | Promise<GraphQLRequest>,
  ): Promise<RequestContext> {
    if (!isExpiredToken(error)) throw error;
    const { query, operationName } = await operationOf();
    if (!this.anonymousOperations.includes(query, operationName)) throw error;
    const { authorization: _, ...headers } = forwarded(request, clientOf(request, this.trusted));
    return { ...(await this.admitted(anonymous, request, clientOf(request, this.trusted))), headers };
  }

  /** Wrong credentials count against the address they come from. */
  private async failed(error: unknown, request: HttpRequest, { address }: Client): Promise<never> {
    await this.options.limits?.admit(request, undefined, address);
    throw error;
  }

  private admitted(
    caller: Caller,
    request: HttpRequest,
    client: Client,
  ): RequestContext | Promise<RequestContext> {
    const identity = caller.kind === 'anonymous' ? undefined : identityOf(caller);
    const budget = this.options.limits?.admit(request, identity, client.address);
    return budget instanceof Promise
      ? budget.then(each => this.contextFor(caller, request, client, each))
      : this.contextFor(caller, request, client, budget);
  }

  private contextFor(
    caller: Caller,
    request: HttpRequest,
    client: Client,
    budget: OperationBudget | undefined,
  ): RequestContext {
    const identity = identityOf(caller);
    request.facts.client = identity;
    return {
      identity: this.authenticator ? identity : `unchecked:${request.header('authorization') ?? ''}`,
      rights: rightsOf(caller),
      headers: forwarded(request, client),
      signal: request.cancellation,
      isMutationAllowed: request.method !== 'GET',
      isIntrospectionAllowed:
        this.introspection === 'on' ||
        (this.introspection === 'authenticated' && caller.kind !== 'anonymous'),
      wantsCost: request.header(costHeader) === 'true',
      trace: request.trace,
      budget,
      timeoutMs: this.options.timeoutMs,
    };
  }
}

/** By caller: the authenticator returns the same object as long as the caller's permissions do not change. */
const known = new WeakMap<Caller, Rights>();

function rightsOf(caller: Caller): Rights {
  if (caller.kind === 'anonymous') return noRights;
  let rights = known.get(caller);
  if (rights === undefined) {
    rights = { isAuthenticated: true, scopes: new Set(caller.permissions), policies: noRights.policies };
    known.set(caller, rights);
  }
  return rights;
}

function identityOf(caller: Caller): string {
  return caller.kind === 'anonymous' ? 'anonymous' : `${caller.kind}:${caller.id}`;
}

function forwarded(request: HttpRequest, { address, userAgent }: Client): Record<string, string> {
  const headers: Record<string, string> = {};
  const authorization = request.header('authorization');
  if (authorization !== undefined) headers['authorization'] = authorization;
  const apiKey = request.header('x-api-key');
  if (apiKey !== undefined && apiKey.length <= longestApiKey) headers['x-api-key'] = apiKey;
  headers['traceparent'] = traceparentOf(request.trace);
  if (userAgent !== '') headers['user-agent'] = userAgent;
  // Only the address that counts: hops that a client invented must not reach a service that trusts the gateway.
  headers['x-forwarded-for'] = address;
  return headers;
}
