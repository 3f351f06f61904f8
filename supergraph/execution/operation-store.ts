import { gatewayErrors } from '../errors';
import type { AccessRules } from '../operations/access';
import { OperationCache } from '../operations/operation-cache';
import { RequestError } from '../request-error';
import { type GraphQLRequest, noRights, type RequestContext, type Rights } from '../supergraph-executor';
import { denialsFor, refusal } from './denied-fields';
import type { OperationCompiler } from './operation-compiler';
import {
  type BoundOperation,
  type CachedOperation,
  type ConditionedOperation,
  type PreparedOperation,
  sizeOfCached,
  type Variant,
} from './prepared-operation';

/** Beyond this many variants the oldest is dropped: a client can make up conditions and rights. */
const maxVariants = 32;
/** Operations that were requested once. With twice as many, those of a flood outlive V8's young generation (measured). */
const maxNewcomers = 64;

export interface OperationStoreOptions {
  readonly access: AccessRules | undefined;
  readonly cacheBytes: number | undefined;
  /** See `ExecutorOptions.unauthorized`. */
  readonly unauthorized: 'null' | 'reject' | undefined;
}

/** Keeps compiled operations, and finds or compiles the one for a request. */
export class OperationStore {
  private readonly operations: OperationCache<CachedOperation>;

  constructor(
    private readonly compiler: OperationCompiler,
    private readonly options: OperationStoreOptions,
  ) {
    this.operations = new OperationCache(options.cacheBytes ?? 16 * 1024 * 1024, sizeOfCached, maxNewcomers);
  }

  get size(): { entries: number; bytes: number } {
    return { entries: this.operations.entries, bytes: this.operations.bytes };
  }

  clear(): void {
    this.operations.clear();
  }

  /** Parses, checks and validates each document once; a refusal is cached as well. */
  prepare(key: string, { query, operationName }: GraphQLRequest): PreparedOperation {
    let entry = this.operations.get(key);
    if (!entry) {
      try {
        entry = { prepared: this.compiler.prepare(query as string, operationName || undefined) };
      } catch (error) {
        if (!(error instanceof RequestError)) throw error;
        entry = { refused: error };
      }
      this.operations.set(key, entry);
    }
    if ('refused' in entry) throw entry.refused;
    return entry.prepared;
  }

  /** Decides everything about a request that does not need a fetch. */
  bind(
    key: string,
    prepared: PreparedOperation,
    request: GraphQLRequest,
    context: RequestContext,
  ): BoundOperation | Promise<BoundOperation> {
    const variables = prepared.coerce(request.variables ?? {});
    const cost = prepared.cost(variables);
    const variant = this.variantOf(key, prepared, variables, context.rights ?? noRights);
    const bound = (ready: Variant): BoundOperation => {
      this.assertAllowed(ready, context);
      return { variables, cost, variant: ready };
    };
    return variant instanceof Promise ? variant.then(bound) : bound(variant);
  }

  private assertAllowed({ introspection, denied }: Variant, context: RequestContext): void {
    if (introspection.length > 0 && context.isIntrospectionAllowed === false) {
      throw new RequestError(
        'validation',
        gatewayErrors.INTROSPECTION_DISABLED,
        'Introspection is not available here',
      );
    }
    if (denied.length > 0 && this.options.unauthorized === 'reject') throw refusal(denied, context);
  }

  private conditioned(
    prepared: PreparedOperation,
    variables: Readonly<Record<string, unknown>>,
  ): ConditionedOperation {
    let mask = '';
    for (const name of prepared.conditions) mask += variables[name] === true ? '1' : '0';
    let conditioned = prepared.byConditions.get(mask);
    if (!conditioned) {
      conditioned = {
        requirements: this.compiler.requirementsOf(prepared, variables),
        byRights: new Map(),
      };
      dropOldest(prepared.byConditions);
      prepared.byConditions.set(mask, conditioned);
    }
    return conditioned;
  }

  private variantOf(
    key: string,
    prepared: PreparedOperation,
    variables: Readonly<Record<string, unknown>>,
    rights: Rights,
  ): Variant | Promise<Variant> {
    const { requirements, byRights } = this.conditioned(prepared, variables);
    let held = '';
    for (const requirement of requirements) held += requirement.allows(rights) ? '1' : '0';
    const known = byRights.get(held);
    if (known) return known;
    const { access } = this.options;
    const denials = held.includes('0') && access ? denialsFor(access, rights) : undefined;
    const compiling = this.compiler.compile(prepared, variables, denials);
    dropOldest(byRights);
    // Other requests for the same variant wait for the same plan.
    byRights.set(held, compiling);
    const settle = (variant: Variant | undefined): void => {
      if (byRights.get(held) !== compiling) return;
      if (!variant) {
        byRights.delete(held);
        return;
      }
      byRights.set(held, variant);
      prepared.parsed = undefined;
      this.operations.grown(key);
    };
    compiling.then(settle, () => settle(undefined));
    return compiling;
  }
}

function dropOldest(variants: Map<string, unknown>): void {
  if (variants.size < maxVariants) return;
  variants.delete(variants.keys().next().value as string);
}
