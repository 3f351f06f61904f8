import type { Person } from '../client';

/** Who asks. `owner` is the person an operation is about, `other` somebody else who registered; both hold the role `user`. */
export const callers = [
  'anonymous',
  'owner',
  'other',
  'administrator',
  'keyWithScope',
  'keyWithoutScope',
] as const;
export type CallerKind = (typeof callers)[number];

/** What an operation may be about: made anew once an operation may have changed it, so that no answer depends on an earlier one. */
export interface Scene {
  readonly subject: Person;
  /** The access token of an administrator. */
  readonly root: string;
}

export type Variables = Record<string, unknown>;

/** `ok`; `nothing` is null or an empty list, as if it were not there; else the code of the error. */
export type Outcome = 'ok' | 'nothing' | 'UNAUTHENTICATED' | 'FORBIDDEN' | 'NOT_FOUND' | (string & {});

export interface Row {
  document: string;
  /** In the order of `callers`. */
  outcomes: readonly [Outcome, Outcome, Outcome, Outcome, Outcome, Outcome];
  /** What an API key needs for it, and what lets somebody do it to others; none where keys cannot. */
  scope?: string;
  /** True where the scope alone decides: then `explainAccess` has to say the same. */
  decides?: boolean;
  variables?: (scene: Scene) => Variables | Promise<Variables>;
  /** Waits until the work that an operation began no longer stands in the way of the next caller. */
  settle?: (answer: Record<string, unknown>, token: string) => Promise<unknown>;
  /** The same over REST, where there is a route. */
  rest?: { method: string; path: (variables: Variables) => string; body?: (variables: Variables) => unknown };
}

/** What a service says about its part of the graph. */
export interface ServicePermissions {
  operations: Record<string, Row>;
  /**
   * What its fields of a user show, by the scopes that open them to others. A caller who may not see the user reads null or an empty
   * list, however they came to the id. `ownOnly` is for the owner's eyes, whatever others hold.
   */
  userFields?: Record<string, UserField>;
  /** Gives somebody whatever these fields could show. */
  furnish?: (scene: Scene) => Promise<unknown>;
  /** Routes whose answer differs from their operation's. Other tests cover them. */
  restElsewhere?: readonly string[];
}

export interface UserField {
  selection: string;
  scopes: string[];
  ownOnly?: boolean;
}

export const [ok, nothing] = ['ok', 'nothing'] as const;
export const [nobody, forbidden, missing] = ['UNAUTHENTICATED', 'FORBIDDEN', 'NOT_FOUND'] as const;

/** For anybody, signed in or not. */
export const everybody = [ok, ok, ok, ok, ok, ok] as const;
/** About oneself: a service is nobody. */
export const oneself = [nobody, ok, ok, ok, forbidden, forbidden] as const;
/** What only the permission opens. */
const permission = [nobody, forbidden, forbidden, ok, ok, forbidden] as const;
/** Permitted to people who hold it, never to a key. */
export const people = [nobody, forbidden, forbidden, ok, forbidden, forbidden] as const;
/** One's own, or with the permission anybody's; for others it is not there. */
export const ownOrMissing = [nobody, ok, missing, ok, ok, missing] as const;
export const ownOrNothing = [nobody, ok, nothing, ok, ok, nothing] as const;

export const decided = (scope: string) => ({ scope, decides: true, outcomes: permission });
export const aboutSubject = ({ subject }: Scene) => ({ id: subject.id });

/** A request that asks for no stream is answered alike, whoever asks. `subscriptions.test.ts` covers the streams. */
export function subscription(document: string, variables?: NonNullable<Row['variables']>): Row {
  const refused = 'SUBSCRIPTIONS_NEED_A_STREAM';
  return {
    document,
    outcomes: [refused, refused, refused, refused, refused, refused],
    ...(variables && { variables }),
  };
}

let made = 0;
export const unique = (prefix: string) => `${prefix}-${Date.now().toString(36)}-${made++}`;
