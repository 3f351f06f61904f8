import { type GraphQLSchema, getOperationAST, Kind, parse, type SelectionSetNode } from 'graphql';
import { AppError, platformErrors } from '../errors';
import { fragmentsOf } from './document';
import { exceededTextLimit, serviceTextLimits } from './text-limits';

/** A sign-in takes some 30 tokens. */
const textLimits = { ...serviceTextLimits, maxTokens: 1_000 };

/** Whether a request was refused for its token alone, which is genuine and has expired. */
export function isExpiredToken(error: unknown): boolean {
  return error instanceof AppError && error.code === platformErrors.TOKEN_EXPIRED.code;
}

/**
 * The operations that take no caller: `login`, `refresh` and others whose user is known by a credential in the arguments.
 *
 * Clients that send their access token with every request send an expired one with these operations too. There it counts as none:
 * otherwise such a client could never renew it.
 */
export class AnonymousOperations {
  /** @param mutations names of the mutations that take no caller */
  constructor(private readonly mutations: Pick<ReadonlySet<string>, 'has'>) {}

  /** Those of a subgraph: mutations with `@tag(name: "credentials")` and without an access directive. */
  static of(schema: GraphQLSchema): AnonymousOperations {
    const access = ['authenticated', 'requiresScopes', 'policy'];
    const fields = Object.values(schema.getMutationType()?.getFields() ?? {}).filter(({ astNode }) => {
      const directives = astNode?.directives ?? [];
      return (
        directives.some(
          ({ name, arguments: args }) =>
            name.value === 'tag' &&
            args?.[0]?.value.kind === Kind.STRING &&
            args[0].value.value === 'credentials',
        ) && !directives.some(({ name }) => access.includes(name.value))
      );
    });
    return new AnonymousOperations(new Set(fields.map(({ name }) => name)));
  }

  /** Whether all root fields of the operation take no caller; false for a document that cannot be parsed. */
  includes(query: string | undefined, operationName?: string | null): boolean {
    if (query === undefined || exceededTextLimit(query, textLimits) !== undefined) return false;
    try {
      const document = parse(query, { noLocation: true });
      const operation = getOperationAST(document, operationName || undefined);
      if (operation?.operation !== 'mutation') return false;
      const fragments = fragmentsOf(document);
      const seen = new Set<string>();
      const isAnonymous = ({ selections }: SelectionSetNode): boolean =>
        selections.every(node => {
          if (node.kind === Kind.FIELD) {
            return node.name.value === '__typename' || this.mutations.has(node.name.value);
          }
          if (node.kind === Kind.INLINE_FRAGMENT) return isAnonymous(node.selectionSet);
          const { value: name } = node.name;
          const fragment = fragments.get(name);
          if (seen.has(name)) return true;
          seen.add(name);
          return fragment !== undefined && isAnonymous(fragment.selectionSet);
        });
      return isAnonymous(operation.selectionSet);
    } catch {
      // The document is not valid. The refusal of the token answers it.
      return false;
    }
  }
}
