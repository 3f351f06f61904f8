import type { HttpResponse } from '../../platform/http/response';
import { hashOf, htmlPage } from './landing-page';

const style = `
  body { margin: 0 auto; max-width: 60rem; padding: 1rem; font: 16px/1.5 system-ui, sans-serif; color: #1b2240; background: #fff; }
  h1, h2 { line-height: 1.2; }
  details { border: 1px solid #d5d9e6; border-radius: 6px; margin: .5rem 0; }
  summary { cursor: pointer; padding: .5rem .75rem; }
  details > div { padding: 0 .75rem .75rem; }
  .method { display: inline-block; min-width: 4.5rem; font-weight: 700; }
  code, pre { font: 14px/1.45 ui-monospace, monospace; }
  pre { background: #f4f5fa; border-radius: 4px; padding: .5rem; overflow: auto; }
  table { border-collapse: collapse; }
  td, th { border-bottom: 1px solid #d5d9e6; padding: .25rem .75rem .25rem 0; text-align: left; vertical-align: top; }
`;

/** Draws the description with text nodes only: nothing in it can become markup. */
const script = `
  const element = (tag, attributes, ...children) => {
    const made = document.createElement(tag);
    Object.assign(made, attributes);
    made.append(...children);
    return made;
  };
  const example = (schema, all, depth = 0) => {
    if (!schema || depth > 6) return null;
    if (schema.$ref) return example(all[schema.$ref.split('/').pop()], all, depth + 1);
    if (schema.anyOf) return example(schema.anyOf[0], all, depth + 1);
    if (schema.enum) return schema.enum[0];
    const type = Array.isArray(schema.type) ? schema.type[0] : schema.type;
    if (type === 'object') {
      const result = {};
      for (const [name, one] of Object.entries(schema.properties || {})) result[name] = example(one, all, depth + 1);
      return result;
    }
    if (type === 'array') return [example(schema.items, all, depth + 1)];
    if (type === 'integer' || type === 'number') return 0;
    if (type === 'boolean') return true;
    if (type === 'string') return schema.format === 'date-time' ? '2026-01-31T12:00:00Z' : 'text';
    return {};
  };
  const json = (title, schema, all) => [
    element('h4', {}, title),
    element('pre', {}, JSON.stringify(example(schema, all), null, 2)),
  ];
  const typeOf = schema => schema.enum ? schema.enum.join(' | ') : [].concat(schema.type || 'any').join(' or ');
  const route = (path, method, operation, all) => {
    const inside = element('div', {});
    if (operation.parameters) {
      const rows = operation.parameters.map(one => element('tr', {},
        element('td', {}, element('code', {}, one.name)),
        element('td', {}, one.in + (one.required ? ', required' : '')),
        element('td', {}, typeOf(one.schema)),
      ));
      inside.append(element('h4', {}, 'Parameters'), element('table', {}, ...rows));
    }
    if (operation.requestBody) inside.append(...json('Body', operation.requestBody.content['application/json'].schema, all));
    for (const [status, answer] of Object.entries(operation.responses)) {
      if (status === 'default') continue;
      const content = answer.content && answer.content['application/json'];
      if (content) inside.append(...json('Answer ' + status, content.schema, all));
      else inside.append(element('h4', {}, 'Answer ' + status + ', without a body'));
    }
    return element('details', {},
      element('summary', {}, element('span', { className: 'method' }, method.toUpperCase()), element('code', {}, path), ' ' + operation.summary),
      inside,
    );
  };
  fetch('/openapi.json').then(answer => answer.json()).then(description => {
    const main = document.getElementById('routes');
    const all = description.components.schemas;
    main.textContent = '';
    for (const tag of description.tags) {
      main.append(element('h2', {}, tag.name));
      for (const [path, item] of Object.entries(description.paths)) {
        for (const [method, operation] of Object.entries(item)) {
          if (operation.tags.includes(tag.name)) main.append(route(path, method, operation, all));
        }
      }
    }
    main.append(element('h2', {}, 'Errors'), ...json('Every error answers', all.Error, all));
  }).catch(() => {
    document.getElementById('routes').textContent = 'The description at /openapi.json could not be read.';
  });
`;

const page = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Plinth: REST routes</title>
<style>${style}</style>
</head>
<body>
<h1>REST routes</h1>
<p>Each route stands for one GraphQL operation; <a href="/graphql">GraphQL</a> can do more. As data:
  <a href="/openapi.json">openapi.json</a> (OpenAPI 3.1).</p>
<main id="routes">Reading the description…</main>
<noscript>This page draws /openapi.json and needs JavaScript for it.</noscript>
<script>${script}</script>
</body>
</html>
`;

const policy = [
  "default-src 'none'",
  `script-src '${hashOf(script)}'`,
  `style-src '${hashOf(style)}'`,
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** The REST routes for people to read, all from this server: it works without the internet. */
export function docsPage(): HttpResponse {
  return htmlPage(page, policy);
}
