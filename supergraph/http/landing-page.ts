import { createHash } from 'node:crypto';
import type { HttpResponse } from '../../platform/http/response';

const sandboxOrigin = 'https://embeddable-sandbox.cdn.apollographql.com';

const style = `
  html, body { margin: 0; height: 100%; font: 16px/1.5 system-ui, sans-serif; color: #1b2240; background: #fff; }
  #sandbox { position: absolute; inset: 0; }
  #sandbox iframe { width: 100%; height: 100%; border: 0; }
  #offline { max-width: 42rem; margin: 4rem auto; padding: 0 1rem; }
  code { background: #eef0f6; border-radius: 4px; padding: 0 4px; }
`;

/** Sandbox sends its requests from this page, so they are same-origin and need no CORS. */
const script = `
  if (window.EmbeddedSandbox) {
    document.getElementById('offline').hidden = true;
    new window.EmbeddedSandbox({
      target: '#sandbox',
      initialEndpoint: location.origin + '/graphql',
      initialSubscriptionEndpoint: location.origin.replace('http', 'ws') + '/graphql',
      includeCookies: false,
      runTelemetry: false,
      allowDynamicStyles: false,
      initialState: { pollForSchemaUpdates: false },
    });
  }
`;

const page = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Plinth: Apollo Sandbox</title>
<style>${style}</style>
</head>
<body>
<div id="offline">
  <h1>Plinth</h1>
  <p>Apollo Sandbox loads from the internet, and has not loaded here.</p>
  <p>The gateway itself needs none: open <a href="/graphiql">GraphiQL</a>, or look at the
    <a href="/docs">REST routes</a>.</p>
</div>
<div id="sandbox"></div>
<script src="${sandboxOrigin}/_latest/embeddable-sandbox.umd.production.min.js"></script>
<script>${script}</script>
</body>
</html>
`;

const policy = [
  "default-src 'none'",
  `script-src ${sandboxOrigin} '${hashOf(script)}'`,
  `style-src ${sandboxOrigin} '${hashOf(style)}'`,
  `img-src ${sandboxOrigin} https://apollo-server-landing-page.cdn.apollographql.com data:`,
  "connect-src 'self' https://*.apollographql.com",
  'frame-src https://sandbox.embed.apollographql.com',
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** Apollo Sandbox, embedded, on the gateway's own schema. */
export function landingPage(): HttpResponse {
  return htmlPage(page, policy);
}

export function htmlPage(body: string, contentSecurityPolicy: string): HttpResponse {
  return {
    status: 200,
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': contentSecurityPolicy,
      'cache-control': 'no-cache',
      vary: 'accept',
    },
    body,
  };
}

/** The hash source of an inline script or style in a Content-Security-Policy (https://www.w3.org/TR/CSP3/#grammardef-hash-source). */
export function hashOf(inline: string): string {
  return `sha256-${createHash('sha256').update(inline).digest('base64')}`;
}
