export interface RestOptions {
  /** An access token. */
  token?: string | undefined;
  body?: unknown;
  /** A body that is sent as it is, instead of `body`. */
  raw?: string;
  headers?: Record<string, string>;
}

export interface RestResult {
  status: number;
  headers: Headers;
  body: Record<string, unknown>;
}

/** Sends a request with a JSON body and reads the JSON it is answered with; `{}` where there is none. */
export async function sendRest(url: string, method: string, options: RestOptions = {}): Promise<RestResult> {
  const body = options.raw ?? (options.body === undefined ? undefined : JSON.stringify(options.body));
  const response = await fetch(url, {
    method,
    headers: {
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...bearer(options.token),
      ...options.headers,
    },
    ...(body === undefined ? {} : { body }),
  });
  const text = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    body: (text === '' ? {} : JSON.parse(text)) as Record<string, unknown>,
  };
}

export function bearer(token: string | undefined): Record<string, string> {
  return token === undefined ? {} : { authorization: `Bearer ${token}` };
}
