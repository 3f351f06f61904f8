import { Column, Entity, PrimaryColumn } from 'typeorm';
import {
  BigCountColumn,
  IdColumn,
  InstantColumn,
  JsonColumn,
  TextColumn,
} from '../../platform/database/columns';
import type { RowClass } from '../../platform/database/data-source';

export enum FileStatus {
  AVAILABLE = 'available',
  /** The virus scanner was not there when the file was uploaded. */
  PENDING_SCAN = 'pending_scan',
  /** Malware was found after the file was stored. */
  QUARANTINED = 'quarantined',
}

/** The metadata of a stored file. A row exists only while its bytes are in the storage. */
@Entity('files')
export class FileRow {
  @IdColumn()
  id: string;

  @TextColumn()
  ownerId: string;

  @TextColumn()
  filename: string;

  /** The file name in lower case, for the filter by name. */
  @TextColumn()
  filenameKey: string;

  @TextColumn()
  originalFilename: string;

  /** The type of the content, see media-types.ts. */
  @TextColumn()
  contentType: string;

  /** The type that the client named; null when it named none. */
  @TextColumn({ nullable: true })
  declaredType: string | null;

  @BigCountColumn()
  size: number;

  /** SHA-256 of the content, in hexadecimal. */
  @TextColumn()
  sha256: string;

  /** The digest of each chunk (contents.ts), in base64. */
  @TextColumn()
  chunkDigests: string;

  /** The key of the content, encrypted (content-encryption.ts); null for a content that is not encrypted. */
  @TextColumn({ nullable: true })
  dataKey: string | null;

  @TextColumn()
  storageKey: string;

  @TextColumn({ default: FileStatus.AVAILABLE })
  status: FileStatus;

  /** The name of the malware; null for none. */
  @TextColumn({ nullable: true })
  malware: string | null;

  /** Scans that had no result. */
  @Column('integer', { default: 0 })
  scans: number;

  /** Null for a file that does not wait for a scan. */
  @InstantColumn({ nullable: true })
  nextScanAt: number | null;

  /** When the virus scanner found nothing; null for a file that it has not seen. */
  @InstantColumn({ nullable: true })
  scannedAt: number | null;

  @Column('boolean')
  isPublic: boolean;

  @JsonColumn()
  tags: string[];

  /** The trace of the request that made the file; null for files that are older than this column. */
  @TextColumn({ nullable: true })
  traceId: string | null;

  @InstantColumn()
  createdAt: number;

  @InstantColumn()
  updatedAt: number;

  @Column('integer')
  version: number;
}

/** One row for each tag of a file, so that the filter by tag reads an index. */
@Entity('file_tags')
export class FileTagRow {
  @PrimaryColumn('text')
  tag: string;

  @PrimaryColumn('text')
  fileId: string;
}

/** The access of a user to a file. The owner has a row too, so that one index answers which files a user may read. */
@Entity('file_access')
export class FileAccessRow {
  @PrimaryColumn('text')
  userId: string;

  @PrimaryColumn('text')
  fileId: string;

  @Column('boolean')
  canWrite: boolean;

  @Column('boolean')
  canDelete: boolean;
}

/** The bytes and the number of files that a user stores. */
@Entity('storage_usage')
export class StorageUsageRow {
  @PrimaryColumn('text')
  userId: string;

  @BigCountColumn()
  bytes: number;

  @BigCountColumn()
  files: number;
}

/** The same of all users together, in one row: the id is `all`. */
@Entity('storage_total')
export class StorageTotalRow {
  @IdColumn()
  id: string;

  @BigCountColumn()
  bytes: number;

  @BigCountColumn()
  files: number;
}

/** A content that was received before the GraphQL operation that makes a file of it. */
@Entity('staged_uploads')
export class StagedUploadRow {
  @IdColumn()
  id: string;

  @TextColumn()
  ownerId: string;

  @BigCountColumn()
  size: number;

  /** The row of the file that it becomes. */
  @JsonColumn()
  file: FileRow;

  @InstantColumn()
  createdAt: number;
}

export enum UploadProtocol {
  TUS = 'tus',
  PRESIGNED = 'presigned',
}

/** An upload that takes more than one request. */
@Entity('upload_sessions')
export class UploadSessionRow {
  /** Also the id of the file that it becomes. */
  @IdColumn()
  id: string;

  @TextColumn()
  ownerId: string;

  @TextColumn()
  protocol: UploadProtocol;

  @TextColumn()
  filename: string;

  @TextColumn({ nullable: true })
  declaredType: string | null;

  @BigCountColumn()
  size: number;

  /** Null when the client announced none. */
  @TextColumn({ nullable: true })
  sha256: string | null;

  @Column('boolean')
  isPublic: boolean;

  @JsonColumn()
  tags: string[];

  /** Bytes from here on came with a checksum that is not compared yet; null for none. */
  @BigCountColumn({ nullable: true })
  unverifiedFrom: number | null;

  @Column('boolean')
  isComplete: boolean;

  @InstantColumn()
  expiresAt: number;
}

/** Bytes whose row is deleted and that the storage may still have. */
@Entity('removals')
export class RemovalRow {
  @PrimaryColumn('text')
  storageKey: string;

  @InstantColumn()
  requestedAt: number;
}

/** A smaller picture of a file. */
@Entity('thumbnails')
export class ThumbnailRow {
  @PrimaryColumn('text')
  fileId: string;

  /** Its size, fit and format (thumbnail-options.ts). */
  @PrimaryColumn('text')
  variant: string;

  @TextColumn()
  contentType: string;

  @BigCountColumn()
  size: number;

  @TextColumn()
  sha256: string;

  @TextColumn()
  chunkDigests: string;

  @TextColumn({ nullable: true })
  dataKey: string | null;

  @TextColumn()
  storageKey: string;

  @InstantColumn()
  createdAt: number;
}

/** A link that opens a file to everybody who has it. */
@Entity('shares')
export class ShareRow {
  @IdColumn()
  id: string;

  @TextColumn()
  fileId: string;

  @TextColumn()
  createdBy: string;

  /** SHA-256 of the token, in hexadecimal. */
  @TextColumn()
  tokenHash: string;

  /** bcrypt; null for a link without a password. */
  @TextColumn({ nullable: true })
  passwordHash: string | null;

  @InstantColumn({ nullable: true })
  expiresAt: number | null;

  @Column('integer', { nullable: true })
  maxDownloads: number | null;

  @Column('integer')
  downloads: number;

  @InstantColumn()
  createdAt: number;

  @InstantColumn({ nullable: true })
  revokedAt: number | null;

  /** Wrong passwords since `failuresSince`. */
  @Column('integer')
  failures: number;

  @InstantColumn()
  failuresSince: number;
}

export enum ShareOutcome {
  DOWNLOADED = 'downloaded',
  WRONG_PASSWORD = 'wrong_password',
}

/** The access log of share links. */
@Entity('share_accesses')
export class ShareAccessRow {
  @IdColumn()
  id: string;

  @TextColumn()
  shareId: string;

  @InstantColumn()
  at: number;

  @TextColumn()
  address: string;

  @TextColumn()
  userAgent: string;

  @TextColumn()
  outcome: ShareOutcome;
}

/** What is encrypted with ENCRYPTION_KEYS. The data keys encrypt the bytes. */
export const encryptedColumns = { files: ['data_key'], thumbnails: ['data_key'] };

export const entities: RowClass[] = [
  FileRow,
  FileTagRow,
  FileAccessRow,
  StorageUsageRow,
  StorageTotalRow,
  StagedUploadRow,
  UploadSessionRow,
  RemovalRow,
  ThumbnailRow,
  ShareRow,
  ShareAccessRow,
];
