import {
  createSourceEventStream,
  type DocumentNode,
  type ExecutionArgs,
  type ExecutionResult,
  execute,
  type FormattedExecutionResult,
  type GraphQLError,
  type GraphQLFormattedError,
  type GraphQLSchema,
  getOperationAST,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql';
import { fragmentsOf } from '../graphql/document';
import { currentStateTag } from '../graphql/subgraph-tags';
import type { HttpRequest } from '../http/request';
import { runInContext } from '../observability/tracing';

export interface ServiceSubscription<Context extends { readonly request: HttpRequest }> {
  readonly schema: GraphQLSchema;
  readonly document: DocumentNode;
  readonly operationName: string | undefined;
  readonly variables: Readonly<Record<string, unknown>>;
  /** Makes the context of one event, with loaders of its own. It verifies the caller again. @throws AppError 401 */
  readonly contextOf: () => Promise<Context>;
  /** Resolves when the source of events that was just made receives them. @throws AppError 503 */
  readonly listening: () => Promise<void>;
  readonly onEnd: () => void;
  readonly format: (error: GraphQLError) => GraphQLFormattedError;
}

/** Subscribes, and executes the selection once for each event (https://spec.graphql.org/October2021/#sec-Subscription). */
export async function subscribe<Context extends { readonly request: HttpRequest }>(
  subscription: ServiceSubscription<Context>,
): Promise<FormattedExecutionResult | EventResults<Context>> {
  const { schema, document, operationName, variables, contextOf, format } = subscription;
  const args: ExecutionArgs = {
    schema,
    document,
    variableValues: variables,
    contextValue: await contextOf(),
    ...(operationName === undefined ? {} : { operationName }),
  };
  const source = await createSourceEventStream(args);
  if (isResult(source)) return formatted(source, format);
  const needsState = beginsWithState(schema, document, operationName);
  return new EventResults(subscription, args, source[Symbol.asyncIterator](), needsState);
}

/**
 * The results of one subscription as JSON, in the order of the events. It is no async generator: `return` of a generator waits for the
 * next event.
 */
export class EventResults<Context extends { readonly request: HttpRequest }>
  implements AsyncIterableIterator<string>
{
  /** The event that was asked for before the current state was read. */
  private early: Promise<IteratorResult<unknown>> | undefined;
  private isOver = false;

  constructor(
    private readonly subscription: ServiceSubscription<Context>,
    private readonly args: ExecutionArgs,
    private readonly events: AsyncIterator<unknown>,
    private needsState: boolean,
  ) {}

  async next(): Promise<IteratorResult<string>> {
    if (this.isOver) return { done: true, value: undefined };
    try {
      if (this.needsState) {
        this.needsState = false;
        // Listens first: a change between the read and the first event would be lost.
        this.early = this.events.next();
        this.early.catch(() => {});
        await this.subscription.listening();
        return { done: false, value: await this.execute(undefined) };
      }
      const pending = this.early ?? this.events.next();
      this.early = undefined;
      const { value, done } = await pending;
      if (done || this.isOver) return await this.return();
      return { done: false, value: await this.execute(value) };
    } catch (error) {
      await this.return();
      throw error;
    }
  }

  async return(): Promise<IteratorResult<string>> {
    if (!this.isOver) {
      this.isOver = true;
      this.subscription.onEnd();
      await this.events.return?.();
    }
    return { done: true, value: undefined };
  }

  throw(): Promise<IteratorResult<string>> {
    return this.return();
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  private async execute(event: unknown): Promise<string> {
    const { contextOf, format } = this.subscription;
    const context = await contextOf();
    return runInContext(context.request.trace, async () => {
      const result = await execute({ ...this.args, rootValue: event, contextValue: context });
      return JSON.stringify(formatted(result, format));
    });
  }
}

function isResult(source: AsyncIterable<unknown> | ExecutionResult): source is ExecutionResult {
  return !(Symbol.asyncIterator in source);
}

function formatted(
  { data, errors }: ExecutionResult,
  format: (error: GraphQLError) => GraphQLFormattedError,
): FormattedExecutionResult {
  return {
    ...(errors === undefined ? {} : { errors: errors.map(format) }),
    ...(data === undefined ? {} : { data }),
  };
}

function beginsWithState(
  schema: GraphQLSchema,
  document: DocumentNode,
  operationName: string | undefined,
): boolean {
  const operation = getOperationAST(document, operationName) as OperationDefinitionNode;
  const name = firstField(operation.selectionSet, document);
  const field = name === undefined ? undefined : schema.getSubscriptionType()?.getFields()[name];
  return (
    field?.astNode?.directives?.some(
      directive =>
        directive.name.value === 'tag' &&
        directive.arguments?.some(
          ({ value }) => value.kind === Kind.STRING && value.value === currentStateTag,
        ),
    ) ?? false
  );
}

/** Validation leaves a subscription one root field. */
function firstField({ selections }: SelectionSetNode, document: DocumentNode): string | undefined {
  for (const node of selections) {
    if (node.kind === Kind.FIELD) return node.name.value;
    const inner =
      node.kind === Kind.INLINE_FRAGMENT
        ? node.selectionSet
        : fragmentsOf(document).get(node.name.value)?.selectionSet;
    const name = inner && firstField(inner, document);
    if (name !== undefined) return name;
  }
  return undefined;
}
