import { createHash } from 'node:crypto';
import { notFound } from '../../../platform/errors';
import { escapeHtml, htmlResponse } from '../../../platform/http/html';
import type { Route } from '../../../platform/http/router';
import type { CaughtMessage, Mailbox } from '../delivery/mailbox';
import type { MailboxMessageRow } from '../tables';

/** Shows what was caught since, without a reload. The page also works without it. */
const script = `
setInterval(async () => {
  if (document.hidden) return;
  const response = await fetch(location.href).catch(() => undefined);
  if (!response?.ok) return;
  const current = new DOMParser().parseFromString(await response.text(), 'text/html').querySelector('main');
  const shown = document.querySelector('main');
  if (current.innerHTML === shown.innerHTML) return;
  const [list, message] = [current.querySelector('nav'), current.querySelector('article')];
  const focused = document.activeElement?.getAttribute('href');
  shown.querySelector('nav').replaceWith(list);
  if (focused) list.querySelector('a[href="' + CSS.escape(focused) + '"]')?.focus();
  const old = shown.querySelector('article');
  if (old?.outerHTML !== message?.outerHTML) old === null ? shown.append(message) : old.replaceWith(message);
}, 1000);
`;

/** No other script runs, and a caught message loads nothing from elsewhere. */
const policy = `default-src 'none'; script-src 'sha256-${createHash('sha256').update(script).digest('base64')}'; connect-src 'self'; style-src 'unsafe-inline'; frame-src 'self'; form-action 'self'; base-uri 'none'`;
const messagePolicy =
  "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'";

/** The pages of the dev mailbox. */
export function mailboxRoutes(mailbox: Mailbox): Route[] {
  return [
    {
      method: 'GET',
      path: '/mailbox',
      handle: async ({ query }) => {
        const search = (query.get('search') ?? '').slice(0, 200);
        const after = query.get('after');
        const page = await mailbox.list(search, { first: 50, after });
        const selected = await mailbox.find(query.get('message') ?? page.nodes[0]?.id ?? '');
        const next = page.pageInfo.hasNextPage ? page.pageInfo.endCursor : null;
        return htmlResponse(200, listPage(mailbox, page.nodes, selected, search, next), policy);
      },
    },
    {
      method: 'GET',
      path: '/mailbox/:id',
      handle: async ({ params }) => {
        const row = await mailbox.find(params['id'] ?? '');
        if (row === null) throw notFound('Message');
        const { content, contentType } = mailbox.open(row);
        // Links open outside of the frame, and do not say where they come from.
        const body =
          contentType === 'html'
            ? `<base target="_blank">${content}`
            : `<pre style="white-space:pre-wrap;font:inherit">${escapeHtml(content)}</pre>`;
        return htmlResponse(200, body, messagePolicy, 'SAMEORIGIN');
      },
    },
  ];
}

function listPage(
  mailbox: Mailbox,
  rows: readonly MailboxMessageRow[],
  selected: MailboxMessageRow | null,
  search: string,
  next: string | null,
): string {
  const query = search === '' ? '' : `&search=${encodeURIComponent(search)}`;
  const items = rows.map(
    row => `<li${row.id === selected?.id ? ' aria-current="true"' : ''}>
<a href="?message=${row.id}${query}"><b>${escapeHtml(row.subject ?? names[row.channel] ?? row.channel)}</b>
<span>${escapeHtml(row.recipient)}</span> <time>${timeOf(row)}</time></a></li>`,
  );
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Dev mailbox</title>
<meta name="viewport" content="width=device-width">
<style>${style}</style><script>${script}</script></head><body>
<header><h1>Dev mailbox</h1><form><input type="search" name="search" value="${escapeHtml(search)}"
 placeholder="Recipient or subject" aria-label="Search"><button>Search</button></form></header>
<main><nav aria-label="Messages"><ul>${items.join('\n')}</ul>
${rows.length === 0 ? '<p>No messages.</p>' : ''}
${next === null ? '' : `<p><a href="?after=${encodeURIComponent(next)}${query}">Older messages</a></p>`}</nav>
${selected === null ? '' : shown(selected, mailbox.open(selected))}</main></body></html>`;
}

function shown(row: MailboxMessageRow, { unsubscribeUrl, attachments = [] }: CaughtMessage): string {
  const files = attachments.map(({ filename, size }) => `${escapeHtml(filename)} (${size} bytes)`);
  const attached = files.length === 0 ? '' : ` · Attached: ${files.join(', ')}`;
  const unsubscribe =
    unsubscribeUrl === null ? '' : ` · <a href="${escapeHtml(unsubscribeUrl)}">Unsubscribe</a>`;
  return `<article><h2>${escapeHtml(row.subject ?? names[row.channel] ?? row.channel)}</h2>
<p>To ${escapeHtml(row.recipient)} · ${names[row.channel] ?? row.channel} · ${timeOf(row)}${unsubscribe}${attached}</p>
<iframe title="Message" sandbox="allow-popups allow-popups-to-escape-sandbox" referrerpolicy="no-referrer" src="mailbox/${row.id}"></iframe></article>`;
}

function timeOf({ caughtAt }: MailboxMessageRow): string {
  return `${new Date(caughtAt).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}

const names: Record<string, string> = { email: 'Email', sms: 'SMS', push: 'Push' };

const style = `
body{margin:0;font:15px/1.4 system-ui,sans-serif;color:#1b1f24;display:flex;flex-direction:column;height:100vh}
header{display:flex;gap:1em;align-items:center;justify-content:space-between;padding:.6em 1em;border-bottom:1px solid #d0d7de}
h1{font-size:1.1em;margin:0}h2{font-size:1.1em;margin:0}
input,button{font:inherit;padding:.3em .6em}
main{display:flex;flex:1;min-height:0}
nav{width:22em;overflow:auto;border-right:1px solid #d0d7de}
nav p{padding:0 1em}ul{list-style:none;margin:0;padding:0}
li a{display:block;padding:.6em 1em;border-bottom:1px solid #eaeef2;color:inherit;text-decoration:none}
li span,li time{display:block;color:#57606a;font-size:.9em;overflow-wrap:anywhere}
li[aria-current] a{background:#ddf4ff}li a:hover,li a:focus{background:#f6f8fa}
article{flex:1;display:flex;flex-direction:column;padding:1em;min-width:0}
article p{color:#57606a;margin:.3em 0 1em}
iframe{flex:1;border:1px solid #d0d7de;background:#fff}
@media(max-width:50em){main{flex-direction:column}nav{width:auto;max-height:40vh;border-right:0}}
`;
