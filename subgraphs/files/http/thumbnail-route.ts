import { type FieldError, invalid } from '../../../platform/errors';
import type { HttpRequest } from '../../../platform/http/request';
import type { Route } from '../../../platform/http/router';
import type { Contents } from '../storage/contents';
import { preferredFormat, type ThumbnailInput, thumbnailOptions } from '../thumbnails/thumbnail-options';
import type { Thumbnails } from '../thumbnails/thumbnails';
import { contentResponse } from './content-response';
import type { RequestedFiles } from './requested-file';

/** `GET /thumbnails/:id`, by the caller's access or by a signed link. */
export function thumbnailRoute(
  requested: RequestedFiles,
  thumbnails: Thumbnails,
  contents: Pick<Contents, 'read'>,
): Route {
  return {
    method: 'GET',
    path: '/thumbnails/:id',
    handle: async request => {
      const file = await requested.find(request, 'thumbnail');
      const preferred = preferredFormat(request.header('accept'), file.contentType);
      const options = thumbnailOptions(inputOf(request), preferred);
      const thumbnail = await thumbnails.of(file, options);
      const filename = `${file.filename.replace(/\.[^.]{1,8}$/, '')}.${options.format}`;
      const { isPublic } = file;
      const response = await contentResponse(request, { ...thumbnail, filename, isPublic }, contents);
      return { ...response, headers: { ...response.headers, vary: 'accept' } };
    },
  };
}

/** @throws AppError 422 for a size that is not a number */
function inputOf({ query }: HttpRequest): ThumbnailInput {
  const mistakes: FieldError[] = [];
  const numberOf = (field: 'width' | 'height'): number | undefined => {
    const text = query.get(field);
    if (text === null) return undefined;
    if (!/^\d{1,5}$/.test(text)) mistakes.push({ field, message: 'must be a whole number' });
    return Number(text);
  };
  const input = {
    width: numberOf('width'),
    height: numberOf('height'),
    fit: query.get('fit'),
    format: query.get('format'),
  };
  if (mistakes.length > 0) throw invalid(mistakes);
  return input;
}
