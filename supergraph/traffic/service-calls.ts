import { setTimeout as sleep } from 'node:timers/promises';
import { NotGraphQL } from '../transport/subgraph-answer';
import {
  type SubgraphRequest,
  type SubgraphResponse,
  type Transport,
  TransportError,
  type TransportFailure,
} from '../transport/transport';
import { type Instance, Service, type ServiceEvents, staticId } from './service';
import { defaultPolicy, type ServicePolicy } from './service-policy';

/** One call, before an instance is chosen. */
export interface ServiceCall extends Omit<SubgraphRequest, 'url' | 'timeoutMs'> {
  /** When the operation’s time is over, on the clock of `performance.now()`. */
  readonly deadline: number;
}

export interface ServiceCallsOptions {
  readonly transport: Transport;
  /** Service → URL of its GraphQL. */
  readonly urls: Pick<ReadonlyMap<string, string>, 'get'>;
  /** The policy of a service; `defaultPolicy` when undefined. */
  readonly policyOf?: ((service: string) => ServicePolicy) | undefined;
  /** The zone of the gateway, whose instances get calls first; none when undefined. */
  readonly zone?: string | undefined;
  readonly onBreaker?: ServiceEvents['onBreaker'] | undefined;
  /** A call is tried again, or was refused by the bulkhead. */
  readonly onEvent?: ((service: string, event: 'retry' | 'shed') => void) | undefined;
  /** From 0 to 1. */
  readonly random?: (() => number) | undefined;
}

const stopping = Buffer.from('"SHUTTING_DOWN"');

/** Calls services by their policies: deadline, bulkhead, circuit breaker, retries, and the choice of an instance. */
export class ServiceCalls {
  private readonly known = new Map<string, Service>();
  private readonly random: () => number;

  constructor(private readonly options: ServiceCallsOptions) {
    this.random = options.random ?? Math.random;
  }

  get services(): readonly Service[] {
    return [...this.known.values()];
  }

  service(name: string): Service {
    let service = this.known.get(name);
    if (service === undefined) {
      const { policyOf, onBreaker = () => undefined, urls, zone = '' } = this.options;
      const policy = policyOf?.(name) ?? defaultPolicy;
      service = new Service(name, policy, this.random, { onBreaker }, zone);
      const url = urls.get(name);
      service.use(url === undefined ? [] : [{ id: staticId, url }]);
      this.known.set(name, service);
    }
    return service;
  }

  /** The URL of an instance that may be called; undefined when there is none. */
  urlOf(name: string): string | undefined {
    return this.service(name).choose(performance.now(), true, undefined)?.url;
  }

  /** The URL of each service that has an instance behind the network. */
  *urls(): IterableIterator<readonly [string, string]> {
    for (const { name, instances } of this.known.values()) {
      const url = this.urlOf(name) ?? instances[0]?.url;
      if (url?.startsWith('http')) yield [name, url];
    }
  }

  /** What an error says of a service that gave no answer. */
  unavailable(name: string): { readonly service: string; readonly retryAfterSeconds: number } {
    return { service: name, retryAfterSeconds: this.service(name).retryAfterSeconds(performance.now()) };
  }

  close(): Promise<void> {
    return this.options.transport.close();
  }

  /**
   * Sends one request and reads the answer.
   *
   * @param read returns the answer; an error that it throws is the call's
   * @throws TransportError when there is no answer
   */
  async call<T>(request: ServiceCall, read: (response: SubgraphResponse) => T): Promise<T> {
    const service = this.service(request.subgraph);
    if (service.inFlight >= service.policy.maxConcurrent) {
      this.options.onEvent?.(service.name, 'shed');
      throw new TransportError('overloaded');
    }
    service.inFlight++;
    service.retries.earn();
    let tried: Instance | undefined;
    let failure: unknown;
    try {
      for (let attempt = 1; ; attempt++) {
        const now = performance.now();
        const left = request.deadline - now;
        if (left <= 0) throw failure ?? new TransportError('timeout');
        const instance = service.choose(now, request.isRead, tried);
        if (instance === undefined) throw failure ?? new TransportError('open');
        const timeoutMs = Math.min(service.policy.timeoutMs, left);
        const isProbe = instance.breaker.begin();
        instance.outstanding++;
        try {
          const response = await this.options.transport.send(addressed(request, instance.url, timeoutMs));
          if (isStopping(response)) throw new TransportError('stopping');
          const answer = read(response);
          instance.breaker.succeed(isProbe, performance.now());
          return answer;
        } catch (error) {
          failure = error;
          report(instance, isProbe, error, timeoutMs === service.policy.timeoutMs);
          if (!this.mayRetry(service, request, error, attempt)) throw error;
          tried = instance;
        } finally {
          instance.outstanding--;
        }
        await sleep(this.random() * service.policy.retry.pauseMs * 2 ** (attempt - 1));
      }
    } finally {
      service.inFlight--;
    }
  }

  private mayRetry(service: Service, { isRead, signal }: ServiceCall, error: unknown, attempt: number) {
    if (attempt > service.policy.retry.attempts || signal?.aborted) return false;
    const isTried = isRead ? triedAgain.has(failureOf(error)) : wasNotBegun.has(failureOf(error));
    if (!isTried || !service.retries.spend()) return false;
    this.options.onEvent?.(service.name, 'retry');
    return true;
  }
}

/** The service has not begun the request. */
const wasNotBegun: ReadonlySet<TransportFailure> = new Set(['refused', 'stopping']);
/** A read may be tried again, on another instance where there is one. */
const triedAgain: ReadonlySet<TransportFailure> = new Set([...wasNotBegun, 'reset', 'malformed']);

function addressed(
  { subgraph, body, headers, isRead, fetch, signal }: ServiceCall,
  url: string,
  timeoutMs: number,
): SubgraphRequest {
  return { subgraph, url, body, headers, isRead, fetch, timeoutMs, signal };
}

/** What a failed call says about the instance. */
function report({ breaker }: Instance, isProbe: boolean, error: unknown, hadWholeTime: boolean): void {
  const reason = failureOf(error);
  // Neither a client that goes away nor an operation that is out of time is a fault of the instance, nor is one large or wrong answer.
  const isSilent = reason === 'aborted' || (reason === 'timeout' && !hadWholeTime);
  const isAnswer = reason === 'too-large' || !isFault(error);
  if (isSilent) breaker.cancel(isProbe);
  else if (isAnswer) breaker.succeed(isProbe, performance.now());
  else breaker.fail(isProbe, performance.now(), error);
}

function isFault(error: unknown): boolean {
  return error instanceof TransportError || error instanceof NotGraphQL;
}

/** Why a call failed. An answer that is GraphQL and does not fit the request is not tried again: the next would not fit either. */
function failureOf(error: unknown): TransportFailure {
  if (error instanceof TransportError) return error.reason;
  return error instanceof NotGraphQL ? 'malformed' : 'unfit';
}

/** Whether a server of ours refuses work because it stops (`SHUTTING_DOWN`). */
function isStopping({ status, body }: SubgraphResponse): boolean {
  return status === 503 && body.length < 2_000 && body.includes(stopping);
}
