import { invalid } from '../../../platform/errors';
import { discard } from '../../../platform/http/discard';
import { jsonResponse } from '../../../platform/http/response';
import type { Route } from '../../../platform/http/router';
import type { Authenticator } from '../../../platform/security/authenticator';
import type { StagedUploads } from '../files/staged-uploads';

/**
 * `POST /staged-uploads?filename=`: receives the bytes of one file of a multipart GraphQL operation, for the gateway.
 * Answers `{id}`, the value of the operation's `Upload`.
 */
export function stagingRoute(
  staged: StagedUploads,
  authenticator: Pick<Authenticator, 'authenticate'>,
): Route {
  return {
    method: 'POST',
    path: '/staged-uploads',
    handle: async request => {
      try {
        const caller = await authenticator.authenticate(request.headers);
        caller.requireCurrent();
        const filename = request.query.get('filename');
        if (filename === null) throw invalid([{ field: 'filename', message: 'is missing' }]);
        const length = request.header('content-length');
        const id = await staged.stage(caller, length === undefined ? undefined : Number(length), {
          filename,
          declaredType: request.header('content-type'),
          content: request.stream(),
        });
        return jsonResponse(201, { id }, { 'cache-control': 'no-store' });
      } catch (error) {
        await discard(request);
        throw error;
      }
    },
  };
}
