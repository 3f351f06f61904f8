import { bearer } from '../platform/testing/rest-client';

/** A subscription over one HTTP request, and what it has received. */
export class LiveStream {
  text = '';
  isOver = false;
  private readonly abort = new AbortController();

  private constructor(private readonly type: keyof typeof accepts) {}

  static async open(
    url: string,
    type: keyof typeof accepts,
    request: { query: string; variables: object },
    token?: string,
  ): Promise<LiveStream> {
    const stream = new LiveStream(type);
    const response = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { accept: accepts[type], 'content-type': 'application/json', ...bearer(token) },
      body: JSON.stringify(request),
      signal: stream.abort.signal,
    });
    void stream.read(response.body as unknown as AsyncIterable<Uint8Array>);
    return stream;
  }

  /** The data of each event so far. */
  get data(): unknown[] {
    const whole =
      this.type === 'events'
        ? [...this.text.matchAll(/event: next\ndata: (.*)\n\n/g)].map(match => JSON.parse(match[1]!))
        : this.text
            .split('\r\n--graphql')
            .slice(1, -1)
            .map(part => (JSON.parse(part.split('\r\n\r\n')[1]!) as { payload: unknown }).payload);
    return whole.map(result => (result as { data: unknown }).data);
  }

  close(): void {
    this.abort.abort();
  }

  private async read(body: AsyncIterable<Uint8Array>): Promise<void> {
    try {
      for await (const chunk of body) this.text += Buffer.from(chunk).toString();
    } catch {
      // Closed by the story, or the gateway is gone.
    }
    this.isOver = true;
  }
}

const accepts = {
  events: 'text/event-stream',
  multipart: 'multipart/mixed;boundary="graphql";subscriptionSpec="1.0",application/json',
};
