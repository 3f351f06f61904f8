import { GraphQLError, type GraphQLFormattedError, parse } from 'graphql';

/** Sends the results itself: they are JSON already, and graphql-ws would parse and write each again. It yields nothing. */
export class NextMessages implements AsyncIterableIterator<never> {
  private readonly head: string;

  constructor(
    id: string,
    private readonly results: AsyncIterator<string | Buffer>,
    private readonly send: (text: string) => Promise<void>,
  ) {
    this.head = `{"id":${JSON.stringify(id)},"type":"next","payload":`;
  }

  async next(): Promise<IteratorResult<never>> {
    for (;;) {
      const { value, done } = await this.results.next();
      if (done) return { done: true, value: undefined };
      await this.send(`${this.head}${value}}`);
    }
  }

  async return(): Promise<IteratorResult<never>> {
    await this.results.return?.();
    return { done: true, value: undefined };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}

/** graphql-ws wants a document with an operation; the result is ready before it asks for one. */
export const placeholder = {
  schema: undefined as never,
  document: parse('subscription { result }'),
  rootValue: {},
};

/** graphql-ws sends the errors of an operation that was not executed only as instances of GraphQLError. */
export function errorsOf(errors: readonly GraphQLFormattedError[]): GraphQLError[] {
  return errors.map(({ message, extensions, locations, path }) => {
    const error = new GraphQLError(message, { extensions: extensions ?? {} });
    return Object.assign(Object.create(error) as GraphQLError, {
      toJSON: () => ({
        message,
        ...(locations === undefined ? {} : { locations }),
        ...(path === undefined ? {} : { path }),
        ...(extensions === undefined ? {} : { extensions }),
      }),
    });
  });
}
