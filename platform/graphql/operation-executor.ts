import {
  type DocumentNode,
  type ExecutionResult,
  execute,
  type GraphQLSchema,
  getOperationAST,
  getVariableValues,
  parse,
} from 'graphql';
import { LRUCache } from 'lru-cache';
import { CompiledOperation } from './compiled-operation';
import { fragmentsOf } from './document';
import { maxExecutionErrors } from './located-error';

export interface OperationRequest {
  readonly query: string;
  readonly variables?: Readonly<Record<string, unknown>> | null | undefined;
  readonly operationName?: string | null | undefined;
}

interface CachedDocument {
  readonly document: DocumentNode;
  /** By name; undefined for an operation that is left to graphql-js. */
  readonly operations: Map<string | undefined, CompiledOperation | undefined>;
  /** The document for graphql-js, without locations: it reads the text again for the location of each error. */
  bare?: DocumentNode;
}

/** Estimates of the memory that a syntax tree takes for each character, a compiled field, and each entry. */
const bytesPerCharacter = 60;
const bytesPerField = 1_000;
const bytesPerEntry = 2_000;
const maxCacheBytes = 32 * 1024 * 1024;

/**
 * Executes all operations of a service, compiled where that is possible (see compiled-operation.ts), by graphql-js otherwise.
 * It keeps the documents it has executed. Each of them is valid, because @apollo/server validates a document first.
 */
export class OperationExecutor {
  private readonly cache = new LRUCache<string, CachedDocument>({
    maxSize: maxCacheBytes,
    sizeCalculation: ({ operations }, query) => {
      let fields = 0;
      for (const operation of operations.values()) fields += operation?.fields ?? 0;
      return bytesPerEntry + query.length * bytesPerCharacter + fields * bytesPerField;
    },
  });

  constructor(private readonly schema: GraphQLSchema) {}

  /** The estimated size of the cache. */
  get cacheBytes(): number {
    return this.cache.calculatedSize;
  }

  /** A document that was executed before; undefined for one that is not validated yet. */
  documentOf(query: string): DocumentNode | undefined {
    return this.cache.get(query)?.document;
  }

  /**
   * @param document the parsed query; it must be valid
   * @returns no `data` where nothing was resolved, such as for wrong variables
   */
  execute(
    request: OperationRequest,
    document: DocumentNode,
    context: unknown,
  ): ExecutionResult | Promise<ExecutionResult> {
    const { query } = request;
    const variableValues = request.variables ?? {};
    const operation = this.compile(request, document);
    if (operation !== undefined) {
      const definitions = operation.operation.variableDefinitions ?? [];
      const { coerced, errors } = getVariableValues(this.schema, definitions, variableValues, {
        maxErrors: 50,
      });
      if (errors !== undefined) return { errors };
      const { fields } = operation;
      const result = operation.execute(context, coerced);
      // Other values of `@skip` and `@include` have their own plan.
      if (operation.fields !== fields) this.updateSize(query);
      if (result !== undefined) return result;
    }
    return this.executePlainly(request, context);
  }

  private executePlainly(
    { query, variables, operationName }: OperationRequest,
    context: unknown,
  ): ExecutionResult | Promise<ExecutionResult> {
    const cached = this.cache.get(query);
    const document = cached?.bare ?? parse(query, { noLocation: true });
    if (cached) cached.bare = document;
    const { schema } = this;
    const result = execute({
      schema,
      document,
      contextValue: context,
      variableValues: variables ?? {},
      operationName,
    });
    return result instanceof Promise ? result.then(withFewErrors) : withFewErrors(result as ExecutionResult);
  }

  private compile(
    { query, operationName }: OperationRequest,
    document: DocumentNode,
  ): CompiledOperation | undefined {
    let cached = this.cache.get(query);
    if (cached === undefined) {
      cached = { document, operations: new Map() };
      this.cache.set(query, cached);
    }
    const name = operationName ?? undefined;
    if (cached.operations.has(name)) return cached.operations.get(name);
    const operation = getOperationAST(document, name);
    // There is no end to names that the document does not have: they are not kept.
    if (operation == null) return undefined;
    const compiled = CompiledOperation.of(this.schema, operation, Object.fromEntries(fragmentsOf(document)));
    cached.operations.set(name, compiled);
    this.updateSize(query);
    return compiled;
  }

  private updateSize(query: string): void {
    const cached = this.cache.get(query);
    if (cached === undefined) return;
    this.cache.delete(query);
    this.cache.set(query, cached);
  }
}

function withFewErrors(result: ExecutionResult): ExecutionResult {
  const { errors } = result;
  return errors === undefined || errors.length <= maxExecutionErrors
    ? result
    : { ...result, errors: errors.slice(0, maxExecutionErrors) };
}
