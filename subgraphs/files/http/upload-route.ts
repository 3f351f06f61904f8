import { type FieldError, invalid } from '../../../platform/errors';
import { discard } from '../../../platform/http/discard';
import { jsonResponse } from '../../../platform/http/response';
import type { Route } from '../../../platform/http/router';
import type { Authenticator } from '../../../platform/security/authenticator';
import type { Uploads } from '../files/uploads';
import type { FileRow } from '../tables';
import { readMultipart } from './multipart';

/** `POST /upload`: one or more files as multipart/form-data, with the fields `tags` and `is_public` for all of them. */
export function uploadRoute(uploads: Uploads, authenticator: Pick<Authenticator, 'authenticate'>): Route {
  return {
    method: 'POST',
    path: '/upload',
    handle: async request => {
      try {
        const caller = await authenticator.authenticate(request.headers);
        caller.requireCurrent();
        const length = request.header('content-length');
        const rows = await uploads.run(
          caller,
          length === undefined ? undefined : Number(length),
          async upload => {
            const fields = await readMultipart(request, part =>
              upload.receive({
                filename: part.filename,
                declaredType: part.contentType,
                content: part.content,
              }),
            );
            return upload.commit(fieldsOf(fields));
          },
        );
        return jsonResponse(201, rows.length === 1 ? bodyOf(rows[0]!) : rows.map(bodyOf), {
          'cache-control': 'no-store',
        });
      } catch (error) {
        await discard(request);
        throw error;
      }
    },
  };
}

function fieldsOf(fields: Map<string, string[]>): { tags?: string[]; isPublic?: boolean } {
  const mistakes: FieldError[] = [];
  for (const field of fields.keys()) {
    if (field !== 'tags' && field !== 'is_public') {
      mistakes.push({ field: field.slice(0, 100), message: 'is not a known field' });
    }
  }
  const isPublic = fields.get('is_public')?.at(-1);
  if (isPublic !== undefined && isPublic !== 'true' && isPublic !== 'false') {
    mistakes.push({ field: 'is_public', message: 'must be true or false' });
  }
  if (mistakes.length > 0) throw invalid(mistakes);
  const tags = fields
    .get('tags')
    ?.flatMap(text => text.split(','))
    .filter(text => text.trim() !== '');
  return {
    ...(tags === undefined ? {} : { tags }),
    ...(isPublic === undefined ? {} : { isPublic: isPublic === 'true' }),
  };
}

function bodyOf(row: FileRow): object {
  return {
    id: row.id,
    filename: row.filename,
    original_filename: row.originalFilename,
    content_type: row.contentType,
    size: row.size,
    owner_id: row.ownerId,
    is_public: row.isPublic,
    created_at: new Date(row.createdAt).toISOString(),
    tags: row.tags,
  };
}
