import { affectedRows, type Database } from '../../../platform/database/database';
import type { Transaction } from '../../../platform/database/transaction';
import type { Client } from '../../../platform/http/client-address';
import { uuidv7 } from '../../../platform/ids';
import { networkOf } from '../../../platform/security/client-network';
import { KnownDeviceRow } from '../tables';
import { deviceName } from './user-agent';

/** A device that was not used for this long counts as new again. */
export const deviceKeptMs = 180 * 24 * 60 * 60_000;

/**
 * Whether the account was never signed in to from this device: browser and operating system, and network. It records the
 * device; of two concurrent sign-ins the database reports one as new.
 */
export async function isNewDevice(
  db: Pick<Database, 'kind'>,
  tx: Transaction,
  now: number,
  accountId: string,
  client: Client,
): Promise<boolean> {
  const device = deviceName(client.userAgent);
  const network = networkOf(client.address);
  const seen = await tx.manager.update(KnownDeviceRow, { accountId, device, network }, { lastSeenAt: now });
  if (affectedRows(seen) > 0) return false;
  const values = db.kind === 'sqlite' ? '?, ?, ?, ?, ?' : '$1, $2, $3, $4, $5';
  const inserted = (await tx.manager.query(
    `INSERT INTO known_devices (id, account_id, device, network, last_seen_at) VALUES (${values}) ON CONFLICT DO NOTHING RETURNING id`,
    [uuidv7(now), accountId, device, network, now],
  )) as unknown[];
  return inserted.length > 0;
}
