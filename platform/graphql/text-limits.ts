import { GraphQLError, Lexer, Source, TokenKind } from 'graphql';
import { AppError, platformErrors } from '../errors';

export interface TextLimits {
  readonly maxLength?: number;
  readonly maxTokens?: number;
  /** Brackets of every kind inside each other: the parser of graphql-js recurses at each of them. */
  readonly maxNesting: number;
}

export interface ExceededTextLimit {
  readonly limit: 'length' | 'tokens' | 'nesting';
  readonly maximum: number;
  /** Where counting stopped. */
  readonly actual: number;
}

const defaultLimits: TextLimits = { maxNesting: 200 };
const opening: ReadonlySet<TokenKind> = new Set([TokenKind.BRACE_L, TokenKind.BRACKET_L, TokenKind.PAREN_L]);
const closing: ReadonlySet<TokenKind> = new Set([TokenKind.BRACE_R, TokenKind.BRACKET_R, TokenKind.PAREN_R]);

/** Checks the text of an operation before the parser, which recurses and could overflow the stack. The lexer does not recurse. */
export function exceededTextLimit(
  text: string,
  { maxLength = Number.POSITIVE_INFINITY, maxTokens = Number.POSITIVE_INFINITY, maxNesting }: TextLimits,
): ExceededTextLimit | undefined {
  if (text.length > maxLength) return { limit: 'length', maximum: maxLength, actual: text.length };
  const lexer = new Lexer(new Source(text));
  let nesting = 0;
  let tokens = 0;
  try {
    for (let { kind } = lexer.advance(); kind !== TokenKind.EOF; { kind } = lexer.advance()) {
      tokens += 1;
      if (tokens > maxTokens) return { limit: 'tokens', maximum: maxTokens, actual: tokens };
      if (opening.has(kind)) nesting += 1;
      else if (closing.has(kind)) nesting = Math.max(0, nesting - 1);
      if (nesting > maxNesting) return { limit: 'nesting', maximum: maxNesting, actual: nesting };
    }
  } catch (error) {
    // The parser stops at the same token, with the message for it.
    if (!(error instanceof GraphQLError)) throw error;
  }
  return undefined;
}

/** @throws AppError 400 for an operation that is nested too deeply to be parsed */
export function assertTextLimits(query: unknown): void {
  const exceeded = typeof query === 'string' ? exceededTextLimit(query, defaultLimits) : undefined;
  if (exceeded === undefined) return;
  throw new AppError(
    platformErrors.GRAPHQL_PARSE_FAILED,
    `The operation nests deeper than ${exceeded.maximum} levels`,
  );
}
