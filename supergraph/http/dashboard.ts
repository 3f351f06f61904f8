import { readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import type { Route } from '../../platform/http/router';
import { htmlPage } from './landing-page';

/** By the ending of a file that the build makes. */
const contentTypes: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
};

const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  'img-src data:',
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/**
 * The operator's page, at /dashboard. It holds no data: it signs in and asks as any other client. All files are read at start and kept in
 * memory, about 100 kB.
 *
 * @param folder where `npm run build` puts the page; without it there are no routes
 */
export function dashboardRoutes(folder: string): Route[] {
  const page = readIfThere(join(folder, 'index.html'));
  if (page === undefined) return [];
  const assets = readdirSync(join(folder, 'assets')).map(name =>
    assetRoute(`/dashboard/assets/${name}`, readFileSync(join(folder, 'assets', name))),
  );
  return [{ method: 'GET', path: '/dashboard', handle: () => htmlPage(page.toString(), policy) }, ...assets];
}

/** A file whose name has a hash of its content, so that a browser keeps it. */
function assetRoute(path: string, body: Buffer): Route {
  const headers = {
    'content-type': contentTypes[extname(path)] ?? 'application/octet-stream',
    'cache-control': 'public, max-age=31536000, immutable',
  };
  return { method: 'GET', path, handle: () => ({ status: 200, headers, body }) };
}

function readIfThere(path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
