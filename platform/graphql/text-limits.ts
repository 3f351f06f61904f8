import { GraphQLError, Lexer, Source, TokenKind } from 'graphql';
import { AppError, platformErrors } from '../errors';

export interface TextLimits {
  readonly maxLength?: number;
  readonly maxTokens?: number;
  readonly maxAliases?: number;
  /** Brackets of every kind inside each other: the parser of graphql-js recurses at each of them. */
  readonly maxNesting: number;
}

export interface ExceededTextLimit {
  readonly limit: 'length' | 'tokens' | 'aliases' | 'nesting';
  readonly maximum: number;
  /** Where counting stopped. */
  readonly actual: number;
}

const defaultLimits: TextLimits = { maxNesting: 200 };

/**
 * Of an operation that a service is sent. They are above the defaults of the gateway, because a plan expands fragments:
 * an operation that the gateway takes must not fail behind it.
 */
export const serviceTextLimits: TextLimits = {
  maxLength: 400_000,
  maxTokens: 20_000,
  maxAliases: 120,
  maxNesting: 200,
};
const opening: ReadonlySet<TokenKind> = new Set([TokenKind.BRACE_L, TokenKind.BRACKET_L, TokenKind.PAREN_L]);
const closing: ReadonlySet<TokenKind> = new Set([TokenKind.BRACE_R, TokenKind.BRACKET_R, TokenKind.PAREN_R]);

/** Checks the text of an operation before the parser, which recurses and could overflow the stack. The lexer does not recurse. */
export function exceededTextLimit(
  text: string,
  {
    maxLength = Number.POSITIVE_INFINITY,
    maxTokens = Number.POSITIVE_INFINITY,
    maxAliases = Number.POSITIVE_INFINITY,
    maxNesting,
  }: TextLimits,
): ExceededTextLimit | undefined {
  if (text.length > maxLength) return { limit: 'length', maximum: maxLength, actual: text.length };
  const lexer = new Lexer(new Source(text));
  let nesting = 0;
  let tokens = 0;
  let parentheses = 0;
  let aliases = 0;
  try {
    for (let { kind } = lexer.advance(); kind !== TokenKind.EOF; { kind } = lexer.advance()) {
      tokens += 1;
      if (tokens > maxTokens) return { limit: 'tokens', maximum: maxTokens, actual: tokens };
      if (opening.has(kind)) nesting += 1;
      else if (closing.has(kind)) nesting = Math.max(0, nesting - 1);
      if (kind === TokenKind.PAREN_L) parentheses += 1;
      else if (kind === TokenKind.PAREN_R) parentheses = Math.max(0, parentheses - 1);
      // Inside parentheses a colon belongs to an argument, a variable or a member of an object.
      else if (kind === TokenKind.COLON && parentheses === 0) aliases += 1;
      if (aliases > maxAliases) return { limit: 'aliases', maximum: maxAliases, actual: aliases };
      if (nesting > maxNesting) return { limit: 'nesting', maximum: maxNesting, actual: nesting };
    }
  } catch (error) {
    // The parser stops at the same token, with the message for it.
    if (!(error instanceof GraphQLError)) throw error;
  }
  return undefined;
}

/** @throws AppError 400 for an operation over the limits; by default one that is nested too deeply to be parsed */
export function assertTextLimits(query: unknown, limits = defaultLimits): void {
  const exceeded = typeof query === 'string' ? exceededTextLimit(query, limits) : undefined;
  if (exceeded === undefined) return;
  const { limit, maximum } = exceeded;
  const message = {
    nesting: `The operation nests deeper than ${maximum} levels`,
    length: `The operation is longer than ${maximum} characters`,
    tokens: `The operation has more than ${maximum} tokens`,
    aliases: `The operation has more than ${maximum} aliases`,
  }[limit];
  throw new AppError(platformErrors.GRAPHQL_PARSE_FAILED, message);
}
