import type { BlockList } from 'node:net';
import { AppError, invalid } from '../../../platform/errors';
import { type Client, clientOf } from '../../../platform/http/client-address';
import { escapeHtml } from '../../../platform/http/html';
import type { HttpRequest } from '../../../platform/http/request';
import { closeBody, type HttpResponse } from '../../../platform/http/response';
import type { Route } from '../../../platform/http/router';
import type { OpenShare, Shares } from '../shares/shares';
import type { Contents } from '../storage/contents';
import { isPicture, type ThumbnailOptions } from '../thumbnails/thumbnail-options';
import type { Thumbnails } from '../thumbnails/thumbnails';
import { contentResponse } from './content-response';

const maxFormBytes = 8 * 1024;
const pictureOptions: ThumbnailOptions = { width: 480, height: 480, fit: 'inside', format: 'webp' };

/**
 * `/s/:token`: the file of a share link. A browser gets a page with a button, so that previews of the link do not count as downloads;
 * other clients get the bytes, and send the password as the header `x-share-password`.
 */
export function shareRoutes(
  shares: Shares,
  contents: Pick<Contents, 'read'>,
  thumbnails: Pick<Thumbnails, 'of'>,
  trusted: BlockList,
): Route[] {
  const download = async (
    request: HttpRequest,
    open: OpenShare,
    password: string | undefined,
    client: Client,
  ): Promise<HttpResponse> => {
    await shares.checkPassword(open, password, client);
    const response = await contentResponse(request, open.file, contents);
    const sendsContent = request.method !== 'HEAD' && response.status !== 304;
    if (sendsContent) {
      await shares.count(open, client, response.status === 206).catch(async error => {
        await closeBody(response.body);
        throw error;
      });
    }
    return { ...response, headers: { ...response.headers, 'cache-control': 'private, no-store' } };
  };
  return [
    {
      method: 'GET',
      path: '/s/:token',
      handle: async request => {
        const open = await shares.open(request.params['token'] ?? '');
        const password = request.header('x-share-password');
        const isBrowser = (request.header('accept') ?? '').includes('text/html');
        if (isBrowser && password === undefined) {
          return page(200, open, { picture: await pictureOf(open, thumbnails, contents) });
        }
        return download(request, open, password, clientOf(request, trusted));
      },
    },
    {
      method: 'POST',
      path: '/s/:token',
      handle: async request => {
        const open = await shares.open(request.params['token'] ?? '');
        const password = await passwordOf(request);
        try {
          return await download(request, open, password, clientOf(request, trusted));
        } catch (error) {
          const isBrowser = (request.header('accept') ?? '').includes('text/html');
          if (!isBrowser || !(error instanceof AppError) || open.share.passwordHash === null) throw error;
          const alert = error.status === 401 ? 'The password is wrong.' : error.message;
          return page(error.status, open, { alert });
        }
      },
    },
  ];
}

async function passwordOf(request: HttpRequest): Promise<string | undefined> {
  const header = request.header('x-share-password');
  if (header !== undefined) return header;
  const form = new URLSearchParams((await request.body(maxFormBytes)).toString());
  const values = form.getAll('password');
  if (values.length > 1) throw invalid([{ field: 'password', message: 'is given more than once' }]);
  return values[0];
}

/**
 * A small picture of the file as a `data:` URL, because a request of its own would count as a download. Undefined when the file is none,
 * and for a link that needs a password or is used up.
 */
async function pictureOf(
  { share, file }: OpenShare,
  thumbnails: Pick<Thumbnails, 'of'>,
  contents: Pick<Contents, 'read'>,
): Promise<string | undefined> {
  const isUsedUp = share.maxDownloads !== null && share.downloads >= share.maxDownloads;
  if (share.passwordHash !== null || isUsedUp || !isPicture(file.contentType)) return undefined;
  try {
    const thumbnail = await thumbnails.of(file, pictureOptions);
    const pieces: Buffer[] = [];
    for await (const piece of contents.read(thumbnail)) pieces.push(piece);
    return `data:${thumbnail.contentType};base64,${Buffer.concat(pieces).toString('base64')}`;
  } catch (error) {
    // The page is complete without it.
    if (error instanceof AppError) return undefined;
    throw error;
  }
}

/** A page without a script. */
function page(
  status: number,
  { share, file }: OpenShare,
  { alert: message, picture }: { alert?: string; picture?: string | undefined },
): HttpResponse {
  const name = escapeHtml(file.filename);
  const password =
    share.passwordHash === null
      ? ''
      : '<p><label>Password <input type="password" name="password" required autofocus></label></p>';
  const alert = message === undefined ? '' : `<p role="alert">${escapeHtml(message)}</p>`;
  const image = picture === undefined ? '' : `<p><img src="${picture}" alt=""></p>`;
  return {
    status,
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy':
        "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
      'referrer-policy': 'no-referrer',
      'cache-control': 'no-store',
      vary: 'accept',
    },
    body: `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="robots" content="noindex">
<title>${name}</title>
<style>body { font: 1rem/1.5 system-ui; max-width: 32rem; margin: 4rem auto; padding: 0 1rem; overflow-wrap: anywhere } img { max-width: 100% }</style>
<h1>${name}</h1>
${image}
<p>${escapeHtml(file.contentType)}, ${file.size} bytes</p>
${alert}
<form method="post">${password}<button>Download</button></form>
</html>
`,
  };
}
