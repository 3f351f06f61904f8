import { AppError, platformErrors } from '../errors';

/** Deeper brackets than any real operation has would overflow the stack of graphql-js' recursive parser. */
const deepestNesting = 200;

/** @throws AppError 400 when the text nests brackets deeper than any real operation does */
export function assertQueryDepth(query: unknown): void {
  if (typeof query !== 'string') return;
  let depth = 0;
  for (let index = 0; index < query.length; index++) {
    const code = query.charCodeAt(index);
    if (code === 123 || code === 91 || code === 40) {
      depth += 1;
      if (depth > deepestNesting) {
        throw new AppError(
          platformErrors.GRAPHQL_PARSE_FAILED,
          `The operation nests deeper than ${deepestNesting} levels`,
        );
      }
    } else if (code === 125 || code === 93 || code === 41) depth -= 1;
  }
}
