import { bearer } from './rest-client';

export interface GraphQLFailure {
  message: string;
  path?: (string | number)[];
  extensions: {
    code: string;
    details: unknown;
    timestamp: string;
    traceId: string;
    http: { status: number };
  };
}

export interface GraphQLResult<Data> {
  /** Of the HTTP response. */
  httpStatus: number;
  data: Data;
  errors: GraphQLFailure[] | undefined;
  /** Code, status and details of the first error; undefined when there is none. */
  code: string | undefined;
  status: number | undefined;
  details: unknown;
  /** The response as it came. */
  text: string;
}

/** Sends an operation to the server at `url`. */
export async function sendGraphQL<Data = Record<string, unknown>>(
  url: string,
  request: {
    query: string;
    variables?: object;
    /** An access token. */
    token?: string | undefined;
    headers?: Record<string, string>;
  },
): Promise<GraphQLResult<Data>> {
  const { query, variables = {}, token, headers } = request;
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...bearer(token), ...headers },
    body: JSON.stringify({ query, variables }),
  });
  const text = await response.text();
  const { data, errors } = JSON.parse(text) as { data: Data; errors?: GraphQLFailure[] };
  const error = errors?.[0]?.extensions;
  return {
    httpStatus: response.status,
    data,
    errors,
    code: error?.code,
    status: error?.http?.status,
    details: error?.details,
    text,
  };
}
