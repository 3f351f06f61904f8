import type { Route } from '../../../platform/http/router';
import type { Contents } from '../storage/contents';
import { contentResponse } from './content-response';
import type { RequestedFiles } from './requested-file';

/** `GET /download/:id`, by the caller's access or by a signed link. */
export function downloadRoute(requested: RequestedFiles, contents: Pick<Contents, 'read'>): Route {
  return {
    method: 'GET',
    path: '/download/:id',
    handle: async request => contentResponse(request, await requested.find(request, 'download'), contents),
  };
}
