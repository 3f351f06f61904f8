import { createHash, randomBytes } from 'node:crypto';
import { compare, hash } from 'bcrypt';
import type { Database } from '../../../platform/database/database';
import type { Delegations } from '../../../platform/delegations';
import { AppError, type FieldError, invalid, notFound, tooMany } from '../../../platform/errors';
import type { Client } from '../../../platform/http/client-address';
import { isUuid, uuidv7 } from '../../../platform/ids';
import { type Caller, isSelfOrHolds } from '../../../platform/security/caller';
import { filesErrors } from '../errors';
import { requireControl } from '../files/grants';
import { assertServable } from '../scanning/quarantine';
import { FileRow, ShareAccessRow, ShareOutcome, ShareRow } from '../tables';

export interface ShareInput {
  /** Seconds. */
  expiresIn?: number | null | undefined;
  password?: string | null | undefined;
  maxDownloads?: number | null | undefined;
}

/** A share that is open now, and its file. */
export interface OpenShare {
  readonly share: ShareRow;
  readonly file: FileRow;
}

/** With this permission a caller may share the files of others. */
const shareAll = 'files:write';
const bcryptCost = 10;
const mostFailures = 5;
const failureWindowMs = 60_000;
/** Range requests of the client that began a download belong to it for this time. */
const downloadMs = 60 * 60_000;
const longestSeconds = 366 * 24 * 60 * 60;

/** Links that open one file to everybody who has them. Only the hash of the token is stored. */
export class Shares {
  constructor(
    private readonly db: Database,
    private readonly delegations: Pick<Delegations, 'permissionsOfAll' | 'remember'>,
    private readonly servesUnscanned: boolean,
  ) {}

  /**
   * The token is readable in this answer only.
   *
   * @throws AppError 401; 403 for callers who may only read the file; 404; 422 with every wrong field
   */
  async create(
    caller: Caller,
    fileId: string,
    input: ShareInput,
  ): Promise<{ share: ShareRow; token: string }> {
    await requireControl(this.db, caller, fileId);
    validate(input);
    await this.delegations.remember(caller);
    const { expiresIn, password, maxDownloads } = input;
    const now = this.db.clock.now();
    const token = randomBytes(32).toString('base64url');
    const share: ShareRow = {
      id: uuidv7(now),
      fileId,
      createdBy: caller.id,
      tokenHash: hashOf(token),
      passwordHash: password == null ? null : await hash(digestOf(password), bcryptCost),
      expiresAt: expiresIn == null ? null : now + expiresIn * 1000,
      maxDownloads: maxDownloads ?? null,
      downloads: 0,
      createdAt: now,
      revokedAt: null,
      failures: 0,
      failuresSince: 0,
    };
    await this.db.transaction(tx => tx.manager.insert(ShareRow, share));
    return { share, token };
  }

  /** It takes effect at once. A repeated call changes nothing. @throws AppError 401, 403, 404 */
  async revoke(caller: Caller, shareId: string): Promise<ShareRow> {
    const share = isUuid(shareId) ? await this.db.read.findOneBy(ShareRow, { id: shareId }) : null;
    if (share === null) {
      caller.requireUser();
      throw notFound('Share');
    }
    await requireControl(this.db, caller, share.fileId);
    const revokedAt = share.revokedAt ?? this.db.clock.now();
    await this.db.transaction(tx => tx.manager.update(ShareRow, { id: shareId }, { revokedAt }));
    return { ...share, revokedAt };
  }

  /** The newest 100; none for a caller who is neither the owner of the file nor a holder of `files:write`. */
  async of(caller: Caller, file: Pick<FileRow, 'id' | 'ownerId'>): Promise<ShareRow[]> {
    if (!isSelfOrHolds(caller, file.ownerId, 'files:write')) return [];
    return this.db.rows(ShareRow, 'WHERE file_id = ? ORDER BY id DESC LIMIT 100', [file.id]);
  }

  /** The newest 100 accesses. The caller has read the share. */
  accessesOf(shareId: string): Promise<ShareAccessRow[]> {
    return this.db.rows(ShareAccessRow, 'WHERE share_id = ? ORDER BY id DESC LIMIT 100', [shareId]);
  }

  /**
   * @throws AppError 404 for a link that is unknown, expired, revoked or used up, when its creator may not share the file any more,
   * and while the owner is suspended; 403, 503 by the virus scan of its file
   */
  async open(token: string): Promise<OpenShare> {
    const share = await this.db.read.findOneBy(ShareRow, { tokenHash: hashOf(token) });
    const isOpen =
      share !== null &&
      share.revokedAt === null &&
      (share.expiresAt === null || share.expiresAt > this.db.clock.now());
    const file = isOpen ? await this.db.read.findOneBy(FileRow, { id: share.fileId }) : null;
    if (!isOpen || file === null) throw notFound('This link is');
    if (!(await this.isStillGiven(share, file))) throw notFound('This link is');
    assertServable(file, this.servesUnscanned);
    return { share, file };
  }

  /** Whether its creator still may share the file, and the account of the owner is active. */
  private async isStillGiven({ createdBy }: ShareRow, { ownerId }: FileRow): Promise<boolean> {
    const makers = [...new Set([createdBy, ownerId])];
    const permissions = await this.delegations.permissionsOfAll(makers, [shareAll]);
    if (permissions.get(ownerId) == null) return false;
    return createdBy === ownerId || permissions.get(createdBy)?.includes(shareAll) === true;
  }

  /**
   * Attempts are counted before they are checked, so parallel guesses do not pass the limit.
   *
   * @throws AppError 401 SHARE_PASSWORD_REQUIRED; 429 after five wrong passwords in a minute
   */
  async checkPassword({ share }: OpenShare, password: string | undefined, client: Client): Promise<void> {
    if (share.passwordHash === null) return;
    const required = new AppError(filesErrors.SHARE_PASSWORD_REQUIRED, 'This link needs its password');
    if (password === undefined || password === '') throw required;
    const now = this.db.clock.now();
    const counted = await this.db.write(
      `UPDATE shares SET failures = CASE WHEN failures_since <= ? THEN 1 ELSE failures + 1 END,
        failures_since = CASE WHEN failures_since <= ? THEN ? ELSE failures_since END
        WHERE id = ? AND (failures < ${mostFailures} OR failures_since <= ?) RETURNING id`,
      [now - failureWindowMs, now - failureWindowMs, now, share.id, now - failureWindowMs],
    );
    if (counted.length === 0)
      throw tooMany('Too many wrong passwords: wait a minute', failureWindowMs / 1000);
    if (!(await compare(digestOf(password), share.passwordHash))) {
      await this.record(share, client, ShareOutcome.WRONG_PASSWORD);
      throw required;
    }
    await this.db.write('UPDATE shares SET failures = failures - 1 WHERE id = ? AND failures > 0', [
      share.id,
    ]);
  }

  /**
   * Counts a download. The ranges that one client reads within an hour are one download.
   *
   * @throws AppError 404 when the link is used up, or was revoked meanwhile
   */
  async count({ share }: OpenShare, client: Client, isRange: boolean): Promise<void> {
    if (isRange && (await this.hasDownloaded(share, client))) return;
    const now = this.db.clock.now();
    const counted = await this.db.write(
      `UPDATE shares SET downloads = downloads + 1 WHERE id = ? AND revoked_at IS NULL
        AND (max_downloads IS NULL OR downloads < max_downloads) AND (expires_at IS NULL OR expires_at > ?) RETURNING id`,
      [share.id, now],
    );
    if (counted.length === 0) throw notFound('This link is');
    await this.record(share, client, ShareOutcome.DOWNLOADED);
  }

  private hasDownloaded(share: ShareRow, { address, userAgent }: Client): Promise<boolean> {
    return this.db.read
      .createQueryBuilder(ShareAccessRow, 'access')
      .where('access.shareId = :id AND access.address = :address AND access.userAgent = :userAgent', {
        id: share.id,
        address,
        userAgent,
      })
      .andWhere('access.outcome = :outcome AND access.at > :since', {
        outcome: ShareOutcome.DOWNLOADED,
        since: this.db.clock.now() - downloadMs,
      })
      .getExists();
  }

  private async record(
    share: ShareRow,
    { address, userAgent }: Client,
    outcome: ShareOutcome,
  ): Promise<void> {
    const at = this.db.clock.now();
    const row: ShareAccessRow = { id: uuidv7(at), shareId: share.id, at, address, userAgent, outcome };
    await this.db.transaction(tx => tx.manager.insert(ShareAccessRow, row));
  }
}

function validate({ expiresIn, password, maxDownloads }: ShareInput): void {
  const mistakes: FieldError[] = [];
  const isWhole = (value: number, most: number) => Number.isInteger(value) && value >= 1 && value <= most;
  if (expiresIn != null && !isWhole(expiresIn, longestSeconds)) {
    mistakes.push({ field: 'expiresIn', message: `must be from 1 to ${longestSeconds} seconds` });
  }
  if (maxDownloads != null && !isWhole(maxDownloads, 1_000_000)) {
    mistakes.push({ field: 'maxDownloads', message: 'must be from 1 to 1000000' });
  }
  if (password != null && (password.length < 4 || password.length > 1024)) {
    mistakes.push({ field: 'password', message: 'must have 4 to 1024 characters' });
  }
  if (mistakes.length > 0) throw invalid(mistakes);
}

function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}

/** bcrypt reads 72 bytes and stops at NUL; a digest in base64 is shorter and has none. */
function digestOf(password: string): string {
  return createHash('sha256').update(password.normalize('NFKC')).digest('base64');
}
