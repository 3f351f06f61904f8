/**
 * One REST route as data: a method and path that stand for a GraphQL operation. Path parameters, query parameters and
 * body fields become the operation's variables by name, snake_case to camelCase; a variable `$input` takes the whole
 * body. The answer is the operation's only root field, camelCase to snake_case, enum values in lower case.
 */
export interface RestRoute {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** The path at the gateway, such as `/users/:id`. */
  path: string;
  /** One line for the OpenAPI page. */
  summary: string;
  operation: string;
  /** Status of success; 204 answers without a body. */
  success: number;
  /** Field → the one property that stands for each object of its list: `{ roles: 'name' }` makes a list of names. */
  pluck?: Record<string, string>;
  /**
   * The version in the answer, such as `profile.version`: it is the `etag` header and not a part of the body. A PUT takes it in
   * `if-match`, as `version` of its `$input`.
   */
  etag?: string;
  /** A list of one item is answered as that item. */
  single?: boolean;
  /** Request header, in lower case → the variable that takes it. */
  headers?: Record<string, string>;
  /** An answer that is a refusal: unless `field` is true, the status is this and the code is what `codeField` holds. */
  unless?: { field: string; status: number; codeField: string; message: string };
}

/**
 * A path at the gateway whose bodies one service reads and writes as bytes, such as an upload: the gateway passes both through as
 * they come. The service answers `target`.
 */
export interface StreamRoute {
  method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'OPTIONS';
  path: string;
  service: string;
  /** The path at the service; `path` without the service's name in front by default. */
  target?: string;
  /**
   * The largest body that the service takes, where it is fixed. The gateway refuses a larger one: a service that closes the connection on it while
   * the gateway still writes leaves no answer to pass on.
   */
  maxBytes?: number;
  summary: string;
  /** What OpenAPI says of it. A route without it, such as a page, is not described there. */
  openApi?: StreamDescription;
}

/** The bodies of a StreamRoute, with JSON Schemas (2020-12) of what is in them. */
export interface StreamDescription {
  operationId: string;
  /** Query parameter → its schema. */
  query?: Record<string, object>;
  request?: { type: string; schema: object };
  response: { status: number; type: string; schema?: object };
}
