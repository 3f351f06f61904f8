import { readFile } from 'node:fs/promises';
import type { HttpResponse } from '../../platform/http/response';
import type { Route } from '../../platform/http/router';
import { hashOf, htmlPage } from './landing-page';

const script = `
  SwaggerUIBundle({
    url: '/openapi.json',
    dom_id: '#routes',
    docExpansion: 'list',
    displayRequestDuration: true,
    persistAuthorization: true,
    validatorUrl: 'none',
  });
`;

const page = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Plinth: REST routes</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/docs/swagger-ui.css">
</head>
<body>
<div id="routes"></div>
<noscript>This page draws <a href="/openapi.json">openapi.json</a> and needs JavaScript for it.</noscript>
<script src="/docs/swagger-ui-bundle.js"></script>
<script>${script}</script>
</body>
</html>
`;

const policy = [
  "default-src 'none'",
  `script-src 'self' '${hashOf(script)}'`,
  // Swagger UI sets styles of single elements.
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const assets = [
  {
    path: '/docs/swagger-ui.css',
    type: 'text/css',
    file: () => require.resolve('swagger-ui-dist/swagger-ui.css'),
  },
  {
    path: '/docs/swagger-ui-bundle.js',
    type: 'text/javascript',
    file: () => require.resolve('swagger-ui-dist/swagger-ui-bundle.js'),
  },
];

/** Swagger UI over `/openapi.json`. Everything comes from this server, so it works without the internet. */
export function docsRoutes(): Route[] {
  return [
    { method: 'GET', path: '/docs', handle: () => htmlPage(page, policy) },
    ...assets.map(({ path, type, file }) => {
      // Read at the first visit: most gateways never have one.
      let content: Promise<Buffer> | undefined;
      const handle = async (): Promise<HttpResponse> => {
        content ??= readFile(file());
        const headers = { 'content-type': `${type}; charset=utf-8`, 'cache-control': 'public, max-age=3600' };
        return { status: 200, headers, body: await content };
      };
      return { method: 'GET', path, handle };
    }),
  ];
}
