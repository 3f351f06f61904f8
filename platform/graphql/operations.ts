import {
  type DocumentNode,
  type FormattedExecutionResult,
  type FragmentDefinitionNode,
  type GraphQLError,
  type GraphQLFormattedError,
  type GraphQLSchema,
  getOperationAST,
  getVariableValues,
  Kind,
  type OperationDefinitionNode,
} from 'graphql';
import { LRUCache } from 'lru-cache';
import { CompiledOperation } from './compiled-operation';

export interface AskedOperation {
  readonly query: string;
  readonly variables?: Readonly<Record<string, unknown>> | null | undefined;
  readonly operationName?: string | null | undefined;
}

export interface AnsweredOperation {
  readonly operation: OperationDefinitionNode;
  readonly result: FormattedExecutionResult;
}

interface Known {
  readonly document: DocumentNode;
  /** By the name that is asked for; made when the text comes again, since most of an abuser's never do. */
  readonly compiled: Map<string | undefined, CompiledOperation | undefined>;
}

/** About what the syntax tree of a text takes, in bytes a character, a compiled field, and any entry besides. */
const bytesPerCharacter = 60;
const bytesPerField = 1_000;
const bytesPerEntry = 2_000;
const mostBytes = 32 * 1024 * 1024;

/**
 * The operations of a service that come again and again. @apollo/server answers the first time, and so parses and
 * validates; the next time it is compiled and answered from here, which costs a fraction. Whatever is unusual about a
 * request stays with @apollo/server: what is found here has been found valid.
 */
export class Operations {
  private readonly known = new LRUCache<string, Known>({
    maxSize: mostBytes,
    sizeCalculation: ({ compiled }, text) => {
      let fields = 0;
      for (const operation of compiled.values()) fields += operation?.fields ?? 0;
      return bytesPerEntry + text.length * bytesPerCharacter + fields * bytesPerField;
    },
  });

  constructor(
    private readonly schema: GraphQLSchema,
    private readonly format: (formatted: GraphQLFormattedError, error: GraphQLError) => GraphQLFormattedError,
  ) {}

  /** What is kept now, by the estimate that bounds it. */
  get bytes(): number {
    return this.known.calculatedSize;
  }

  /** @param document the text parsed, and found valid */
  remember(text: string, document: DocumentNode): void {
    if (!this.known.has(text)) this.known.set(text, { document, compiled: new Map() });
  }

  /** @returns undefined, with nothing done yet, for what @apollo/server has to answer */
  async answer(asked: AskedOperation, context: unknown): Promise<AnsweredOperation | undefined> {
    const compiled = this.find(asked);
    if (compiled === undefined) return undefined;
    const { operation, fields } = compiled;
    const { coerced } = getVariableValues(
      this.schema,
      operation.variableDefinitions ?? [],
      asked.variables ?? {},
      { maxErrors: 1 },
    );
    if (coerced === undefined) return undefined;
    const executed = compiled.execute(context, coerced);
    // Other conditions made it compile another plan.
    if (compiled.fields !== fields) this.weigh(asked.query);
    const result = await executed;
    if (result === undefined) return undefined;
    if (result.errors === undefined) return { operation, result: result as FormattedExecutionResult };
    const errors = result.errors.map(error => this.format(withCode(error), error));
    return { operation, result: { errors, data: result.data ?? null } };
  }

  private find({ query, operationName }: AskedOperation): CompiledOperation | undefined {
    const known = this.known.get(query);
    if (known === undefined) return undefined;
    const name = operationName ?? undefined;
    if (known.compiled.has(name)) return known.compiled.get(name);
    const operation = getOperationAST(known.document, name);
    // Names that the document does not have are not worth remembering, and there is no end to them.
    if (operation == null) return undefined;
    const compiled = CompiledOperation.of(this.schema, operation, fragmentsOf(known.document));
    known.compiled.set(name, compiled);
    this.weigh(query);
    return compiled;
  }

  /** The cache keeps to its bytes only by what it is told. */
  private weigh(text: string): void {
    const known = this.known.get(text);
    if (known === undefined) return;
    this.known.delete(text);
    this.known.set(text, known);
  }
}

function fragmentsOf({ definitions }: DocumentNode): Record<string, FragmentDefinitionNode> {
  return Object.fromEntries(
    definitions
      .filter(definition => definition.kind === Kind.FRAGMENT_DEFINITION)
      .map(fragment => [fragment.name.value, fragment]),
  );
}

/** As @apollo/server hands errors to `formatError`. */
function withCode(error: GraphQLError): GraphQLFormattedError {
  const { extensions } = error;
  return {
    ...error.toJSON(),
    extensions: { ...extensions, code: extensions['code'] ?? 'INTERNAL_SERVER_ERROR' },
  };
}
