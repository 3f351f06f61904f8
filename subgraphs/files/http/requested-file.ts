import type { Database } from '../../../platform/database/database';
import { notFound } from '../../../platform/errors';
import type { HttpRequest } from '../../../platform/http/request';
import { isUuid } from '../../../platform/ids';
import type { Authenticator } from '../../../platform/security/authenticator';
import type { Files } from '../files/files';
import type { SignedLinks, SignedUse } from '../files/signed-links';
import { assertServable } from '../scanning/quarantine';
import { FileRow } from '../tables';

/** Finds the file that a request names, by the caller's access or by a signed link. */
export class RequestedFiles {
  constructor(
    private readonly db: Database,
    private readonly files: Files,
    private readonly links: SignedLinks,
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
        : await this.signed(use, id, request.query.get('expires') ?? '', signature);
    if (file === null) throw notFound('File');
    assertServable(file, this.servesUnscanned);
    return file;
  }

  private async signed(
    use: SignedUse,
    id: string,
    expires: string,
    signature: string,
  ): Promise<FileRow | null> {
    if (!isUuid(id) || !this.links.isValid(use, id, expires, signature)) return null;
    return this.db.read.findOneBy(FileRow, { id });
  }
}
