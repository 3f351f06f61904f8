import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import type { HttpRequest } from '../../platform/http/request';
import type { HttpResponse } from '../../platform/http/response';
import { hashOf } from './landing-page';

interface Page {
  /** 9 MB of HTML with all its scripts, compressed to a quarter. */
  readonly compressed: Buffer;
  readonly contentSecurityPolicy: string;
}

/** GraphiQL from node_modules: it loads nothing from the internet. It subscribes by server-sent events, with the headers of its editor. */
export class GraphiQLPage {
  private page: Promise<Page> | undefined;

  async answer(request: HttpRequest): Promise<HttpResponse> {
    this.page ??= makePage();
    const { compressed, contentSecurityPolicy } = await this.page;
    const takesGzip = /\bgzip\b/.test(request.header('accept-encoding') ?? '');
    return {
      status: 200,
      headers: {
        'content-type': 'text/html; charset=utf-8',
        'content-security-policy': contentSecurityPolicy,
        'cache-control': 'no-cache',
        vary: 'accept, accept-encoding',
        ...(takesGzip ? { 'content-encoding': 'gzip' } : {}),
      },
      body: takesGzip ? compressed : await promisify(gunzip)(compressed),
    };
  }
}

async function makePage(): Promise<Page> {
  // Loaded when the page is first asked for: it is 9 MB of text. Its types are left out: they bring those of browsers with them.
  const { renderGraphiQL } = require('@graphql-yoga/render-graphiql') as {
    renderGraphiQL(options: object): string;
  };
  const html = renderGraphiQL({
    title: 'Plinth: GraphiQL',
    endpoint: '/graphql',
    subscriptionsProtocol: 'SSE',
    defaultQuery: '# Headers: {"authorization": "Bearer <access token>"}\n{\n  me {\n    username\n  }\n}\n',
  });
  const start = html.indexOf('<script>') + '<script>'.length;
  const script = html.slice(start, html.lastIndexOf('</script>'));
  return {
    compressed: await promisify(gzip)(html),
    contentSecurityPolicy: [
      "default-src 'none'",
      `script-src '${hashOf(script)}' blob:`,
      'worker-src blob:',
      // The editor makes its styles as it runs.
      "style-src 'unsafe-inline'",
      "img-src 'self' data:",
      'font-src data:',
      "connect-src 'self'",
      "base-uri 'none'",
      "form-action 'none'",
      "frame-ancestors 'none'",
    ].join('; '),
  };
}
