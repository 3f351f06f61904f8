import { gunzipSync, gzipSync } from 'node:zlib';
import type { EntityManager } from 'typeorm';
import type { Transaction } from './database/transaction';
import type { TransactionalHandler } from './events/outbox';
import { type UserDeletionRequested, userDeletionRequested } from './security/access-events';
import type { Keyring } from './security/keyring';

/**
 * The part of every service in the deletion of a user and in the export of personal data. The users service publishes the
 * request, each service answers with events, and users collects them:
 *
 *     user.deletionRequested → user.dataErased      one of each service
 *     user.exportRequested   → user.dataExported    one for each file of each service, or one that says there are none
 *
 * Every service of rover.yaml that has a folder in `subgraphs/` takes part: `...personalDataHandlers('files', { data, keyring })`
 * in its `consume`. A service that holds nothing leaves the second argument out.
 *
 * Copies that remain: the bus keeps its events for a week (redis-bus.ts), among them the registration and suspensions with username and
 * email, and encrypted files of exports; backups, as long as they are kept.
 *
 * Events may arrive late: a consumer of `user.registered` must not create rows for a deleted user.
 */
export const userExportRequested = 'user.exportRequested';
export const userDataErased = 'user.dataErased';
export const userDataExported = 'user.dataExported';

/** Numbers of rows by table, or of objects by kind; never their content. */
export type Counts = Record<string, number>;

/** The result of a deletion in one service. */
export interface Erased {
  /** Deleted. */
  erased: Counts;
  /** Kept without personal data. */
  anonymised: Counts;
}

export interface UserDataErased extends Erased {
  deletionId: string;
  userId: string;
  service: string;
}

export interface UserExportRequested {
  exportId: string;
  userId: string;
}

/** One file of one service's part; `of` is how many there are, 0 for a service that holds nothing. */
export interface UserDataExported {
  exportId: string;
  userId: string;
  service: string;
  /** From 1. */
  number: number;
  of: number;
  /** Such as `sessions.json`; null when there is none. */
  name: string | null;
  /** The file, compressed (RFC 1952) and encrypted, see `openExported`; null when there is none. */
  sealed: string | null;
}

export interface ExportedFile {
  /** A file name of a-z, 0-9 and `-` that ends in `.json`; once each. */
  name: string;
  /** Becomes JSON. Never a secret: no hash of a password, no token. */
  content: unknown;
}

/** A stored content, such as an uploaded file, that goes into the archive when it is downloaded. */
export interface ExportedContent {
  /** Its path in the archive, below the folder of the service. */
  path: string;
  /** The content's id in the service. */
  id: string;
  /** Bytes. */
  size: number;
}

/** The command that gives an exported content; its body is a `ContentRequest` (service-commands.ts). */
export const exportedContentPath = '/commands/exported-content';

export interface ContentRequest {
  userId: string;
  id: string;
}

/**
 * A file of an export that does not go into the archive. It lists contents that do: users reads each from its service while the archive is
 * downloaded. A content that was deleted since is left out and named in `deleted-contents.json`.
 *
 * @param number from 1
 */
export function exportedContents(number: number, contents: readonly ExportedContent[]): ExportedFile {
  return { name: `contents-${number}.json`, content: contents };
}

export function isListOfContents(name: string): boolean {
  return /^contents-\d+\.json$/.test(name);
}

/** The personal data of a service. */
export interface PersonalData {
  /**
   * Deletes or anonymises the data of the user. A repeated call changes nothing.
   *
   * @param by who deletes another user; undefined for the owner of the account
   */
  erase(userId: string, tx: Transaction, by?: UserDeletionRequested['by']): Promise<Erased>;
  /** All data of the user, with one file for each page of a long list. At most 32 files of 192 KiB compressed. */
  collect(userId: string, manager: EntityManager): Promise<ExportedFile[]>;
}

export const mostFiles = 32;
const largestFile = 192 * 1024;
const fileName = /^[a-z0-9][a-z0-9-]{0,60}\.json$/;

/** The event handlers of a service that takes part. */
export function personalDataHandlers(
  service: string,
  holdings?: { data: PersonalData; keyring: Keyring },
): Record<string, TransactionalHandler> {
  return {
    [userDeletionRequested]: async (event, tx) => {
      const { deletionId, userId, by } = event.data as UserDeletionRequested;
      const done = (await holdings?.data.erase(userId, tx, by)) ?? { erased: {}, anonymised: {} };
      const data: UserDataErased = { deletionId, userId, service, ...done };
      await tx.emit({ type: userDataErased, data });
    },
    [userExportRequested]: async (event, tx) => {
      const { exportId, userId } = event.data as UserExportRequested;
      const common = { exportId, userId, service };
      const files = (await holdings?.data.collect(userId, tx.manager)) ?? [];
      if (holdings === undefined || files.length === 0) {
        const data: UserDataExported = { ...common, number: 1, of: 0, name: null, sealed: null };
        await tx.emit({ type: userDataExported, data });
        return;
      }
      if (files.length > mostFiles) throw new Error(`${service} exports more than ${mostFiles} files`);
      for (const [at, file] of files.entries()) {
        const place = { exportId, service, name: file.name };
        const sealed = sealExported(holdings.keyring, place, file.content);
        const data: UserDataExported = {
          ...common,
          number: at + 1,
          of: files.length,
          name: file.name,
          sealed,
        };
        await tx.emit({ type: userDataExported, data });
      }
    },
  };
}

interface Place {
  exportId: string;
  service: string;
  name: string;
}

function sealExported(keyring: Keyring, place: Place, content: unknown): string {
  if (!fileName.test(place.name)) throw new Error(`${place.name} is no name for a file of an export`);
  const bytes = gzipSync(JSON.stringify(content, null, 2));
  if (bytes.length > largestFile) throw new Error(`${place.name} is larger than a file of an export may be`);
  return keyring.encrypt(bytes, contextOf(place));
}

/** The bytes of an exported file. @throws Error when it was changed, or belongs to another export */
export function openExported(keyring: Keyring, place: Place, sealed: string): Buffer {
  return gunzipSync(keyring.decryptBytes(sealed, contextOf(place)));
}

function contextOf({ exportId, service, name }: Place): string {
  return `export:${exportId}:${service}/${name}`;
}
