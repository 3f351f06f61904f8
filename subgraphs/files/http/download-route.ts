import type { Database } from '../../../platform/database/database';
import { notFound } from '../../../platform/errors';
import type { HttpRequest } from '../../../platform/http/request';
import type { Route } from '../../../platform/http/router';
import { isUuid } from '../../../platform/ids';
import type { Authenticator } from '../../../platform/security/authenticator';
import type { Files } from '../files/files';
import type { SignedLinks } from '../files/signed-links';
import type { Storage } from '../storage/storage';
import { FileRow } from '../tables';
import { contentResponse } from './content-response';

/** `GET /download/:id`, by the caller's access or by a signed link. */
export function downloadRoute(parts: {
  db: Database;
  files: Files;
  links: SignedLinks;
  storage: Storage;
  authenticator: Pick<Authenticator, 'authenticate'>;
}): Route {
  const { db, files, links, storage, authenticator } = parts;
  const find = async (request: HttpRequest): Promise<FileRow | null> => {
    const { id = '' } = request.params;
    const signature = request.query.get('signature');
    if (signature === null) return files.find(await authenticator.authenticate(request.headers), id);
    if (!isUuid(id) || !links.isValid(id, request.query.get('expires') ?? '', signature)) return null;
    return db.read.findOneBy(FileRow, { id });
  };
  return {
    method: 'GET',
    path: '/download/:id',
    handle: async request => {
      const file = await find(request);
      if (file === null) throw notFound('File');
      return contentResponse(request, file, storage);
    },
  };
}
