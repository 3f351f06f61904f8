import type { Database } from '../../../platform/database/database';
import type { Delegations } from '../../../platform/delegations';
import { notFound } from '../../../platform/errors';
import type { HttpRequest } from '../../../platform/http/request';
import { isUuid } from '../../../platform/ids';
import type { Authenticator } from '../../../platform/security/authenticator';
import { Authenticated, anonymous } from '../../../platform/security/caller';
import { findAllowed } from '../files/access';
import type { Files } from '../files/files';
import type { SignedLinks, SignedUse } from '../files/signed-links';
import { assertServable } from '../scanning/quarantine';
import { FileRow } from '../tables';

/**
 * Finds the file that a request names, by the caller's access or by a signed link. A link shows what its creator may read now, and nothing
 * while the creator is suspended.
 */
export class RequestedFiles {
  constructor(
    private readonly db: Database,
    private readonly files: Files,
    private readonly links: SignedLinks,
    private readonly delegations: Pick<Delegations, 'permissionsOf'>,
    private readonly authenticator: Pick<Authenticator, 'authenticate'>,
    private readonly servesUnscanned: boolean,
  ) {}

  /** @throws AppError 404 for an unknown file, and for one that the caller may not read; 403, 503 by its virus scan */
  async find(request: HttpRequest, use: SignedUse): Promise<FileRow> {
    const { id = '' } = request.params;
    const signature = request.query.get('signature');
    const file =
      signature === null
        ? await this.files.find(await this.authenticator.authenticate(request.headers), id)
        : await this.signed(use, id, request.query);
    if (file === null) throw notFound('File');
    assertServable(file, this.servesUnscanned);
    return file;
  }

  private async signed(use: SignedUse, id: string, query: URLSearchParams): Promise<FileRow | null> {
    const creator = isUuid(id) ? this.links.creatorOf(use, id, query) : undefined;
    if (creator === undefined) return null;
    const { kind, delegated } = creator;
    if (kind === 'anonymous') return findAllowed(this.db, anonymous, id, 'read');
    const permissions = await this.delegations.permissionsOf(creator.id, delegated);
    if (permissions === null) return null;
    const caller = new Authenticated({ kind, id: creator.id, permissions, isCurrent: () => true });
    return findAllowed(this.db, caller, id, 'read');
  }
}
