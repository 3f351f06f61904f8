import type { GraphQLSchema } from 'graphql';
import type { Caller } from './security/caller';

/**
 * Makes every mutation ask first whether the revocations are current. A token whose session has ended somewhere must not
 * change anything, not even data of its own user; the 503 says that nothing was done. Anonymous callers have no session.
 * A route that writes without a mutation calls `caller.requireCurrent()` itself.
 */
export function requireCurrentForWrites(schema: GraphQLSchema): GraphQLSchema {
  for (const field of Object.values(schema.getMutationType()?.getFields() ?? {})) {
    const { resolve } = field;
    if (resolve === undefined) continue;
    field.resolve = (source, args, context, info) => {
      (context as { caller: Caller }).caller.requireCurrent();
      return resolve(source, args, context, info);
    };
  }
  return schema;
}
