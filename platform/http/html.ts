import type { HttpResponse } from './response';

/** Text for an element or a quoted attribute of an HTML page. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, character => `&#${character.charCodeAt(0)};`);
}

/** @param frame who may show it in a frame */
export function htmlResponse(
  status: number,
  body: string,
  contentSecurityPolicy: string,
  frame: 'DENY' | 'SAMEORIGIN' = 'DENY',
): HttpResponse {
  return {
    status,
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': contentSecurityPolicy,
      // A token may stand in the address.
      'referrer-policy': 'no-referrer',
      'x-frame-options': frame,
      'x-content-type-options': 'nosniff',
      'cache-control': 'no-store',
    },
    body,
  };
}

const policy =
  "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

/** A page that a mailed link leads to: it runs no script and loads nothing. @param content HTML */
export function mailedPage(status: number, title: string, content: string): HttpResponse {
  const body = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="robots" content="noindex">
<title>${escapeHtml(title)}</title>
<style>body { font: 1rem/1.5 system-ui; max-width: 32rem; margin: 4rem auto; padding: 0 1rem } [role=alert] { color: #a00 }</style>
<h1>${escapeHtml(title)}</h1>
${content}
</html>
`;
  return htmlResponse(status, body, policy);
}
