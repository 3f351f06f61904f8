import { escapeHtml, mailedPage } from '../../../platform/http/html';
import type { HttpResponse } from '../../../platform/http/response';
import type { Route } from '../../../platform/http/router';
import type { Subscription, UnsubscribeLinks } from '../preferences/unsubscribe-links';

const longestForm = 8 * 1024;

/**
 * The page that the unsubscribe link of a message leads to. Opening it changes nothing, because mail scanners open links; its form
 * does, and so does the POST request of a mail program (RFC 8058).
 */
export function unsubscribeRoutes(links: UnsubscribeLinks): Route[] {
  return [
    {
      method: 'GET',
      path: '/unsubscribe',
      handle: ({ query }) => {
        const token = query.get('token') ?? '';
        const subscription = links.read(token);
        if (subscription === undefined) return notValid();
        return page(
          200,
          `<p>Stop messages of the category <b>${nameOf(subscription)}</b> over ${subscription.channel}?</p>
<form method="post" action="?token=${encodeURIComponent(token)}"><button>Unsubscribe</button></form>`,
        );
      },
    },
    {
      method: 'POST',
      path: '/unsubscribe',
      handle: async request => {
        // The form says nothing that the link does not: it is read so that the connection can go on.
        await request.body(longestForm);
        const subscription = links.read(request.query.get('token') ?? '');
        if (subscription === undefined) return notValid();
        await links.unsubscribe(subscription);
        return page(
          200,
          `<p role="status">You get no more messages of the category <b>${nameOf(subscription)}</b> over ${subscription.channel}.</p>`,
        );
      },
    },
  ];
}

function nameOf({ category }: Subscription): string {
  return escapeHtml(category);
}

function notValid(): HttpResponse {
  return page(422, '<p role="alert">This link is not valid. Open the link of the message again.</p>');
}

function page(status: number, content: string): HttpResponse {
  return mailedPage(status, 'Unsubscribe', content);
}
