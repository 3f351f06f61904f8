import { setTimeout as sleep } from 'node:timers/promises';
import { Database } from '../../../platform/database/database';
import type { EmittedEvent, Transaction } from '../../../platform/database/transaction';
import { fileUploaded } from '../events';
import { LocalPendingObject, LocalStorage } from '../storage/local-storage';
import { TestFiles } from './test-files';

/** The steps of an upload, then those of a deletion. */
export type CrashStep =
  | 'bytes are written'
  | 'bytes are renamed'
  | 'the row is written'
  | 'the upload is committed'
  | 'the row is deleted'
  | 'the deletion is committed'
  | 'bytes are deleted';

const kill = (): void => process.kill(process.pid, 'SIGKILL') as unknown as undefined;

/** Calls the method, and ends the process before anybody sees the result. */
function killAfter<T extends object>(prototype: T, method: keyof T): void {
  const original = prototype[method] as (...args: unknown[]) => Promise<unknown>;
  prototype[method] = async function (this: T, ...args: unknown[]) {
    await original.apply(this, args);
    kill();
  } as T[keyof T];
}

/** Ends the process in the next transaction about a file, before or after it is committed. */
function killAtTransaction(place: 'before' | 'after'): void {
  const original = Database.prototype.transaction;
  Database.prototype.transaction = async function <T>(this: Database, work: (tx: Transaction) => Promise<T>) {
    let isAboutFile = false;
    const result = await original.call(this, async tx => {
      const emit = (event: EmittedEvent): Promise<void> => {
        isAboutFile = true;
        return tx.emit(event);
      };
      const done = await work({ ...tx, emit });
      if (isAboutFile && place === 'before') kill();
      return done;
    });
    if (isAboutFile) kill();
    return result as T;
  };
}

/** A process that is killed: the files service on this folder, with one upload and its deletion. Prints the id of the owner. */
async function main(folder: string, encryptionKeys: string, step: CrashStep): Promise<void> {
  const files = new TestFiles({ DATA_DIR: folder, ENCRYPTION_KEYS: encryptionKeys });
  await files.start();
  const { id, token } = files.user();
  console.log(id);
  if (step === 'bytes are written') killAfter(LocalPendingObject.prototype, 'write');
  if (step === 'bytes are renamed') killAfter(LocalPendingObject.prototype, 'commit');
  if (step === 'the row is written') killAtTransaction('before');
  if (step === 'the upload is committed') killAtTransaction('after');
  const file = await files.upload(token, 'content');
  while (!files.events.some(({ type }) => type === fileUploaded)) await sleep(10);
  if (step === 'the row is deleted') killAtTransaction('before');
  if (step === 'the deletion is committed') killAtTransaction('after');
  if (step === 'bytes are deleted') killAfter(LocalStorage.prototype, 'remove');
  await files.rest('DELETE', `/${file.id}`, { token });
}

const [folder = '', encryptionKeys = '', step = ''] = process.argv.slice(2);
void main(folder, encryptionKeys, step as CrashStep);
