import type { Transaction } from '../../../platform/database/transaction';
import type { LivePubSub } from '../../../platform/events/live-updates';

/** The topic of changes of one file, by its id. */
export const fileChanged = 'fileChanged';

/** Tells subscribers that a file has changed or is gone. */
export class LiveFiles {
  constructor(private readonly pubSub: Pick<LivePubSub, 'publish'>) {}

  changed(tx: Transaction, fileId: string): void {
    tx.afterCommit(() => this.pubSub.publish(fileChanged, fileId, { id: fileId }));
  }
}
