import { affectedRows, type Database, type Transaction } from '../../../platform/database/database';
import type { Client } from '../../../platform/http/client-address';
import { uuidv7 } from '../../../platform/ids';
import { networkOf } from '../sign-in/login-throttle';
import { KnownDeviceRow } from '../tables';
import { deviceOf } from './user-agent';

/** How long a device is remembered that nobody signs in from. */
export const deviceKeptMs = 180 * 24 * 60 * 60_000;

/**
 * Notes where somebody signs in from, by browser and system and by network, and says whether that is new. Of two
 * sign-ins at once the database lets one be the first.
 */
export async function isNewDevice(
  db: Pick<Database, 'kind'>,
  tx: Transaction,
  now: number,
  accountId: string,
  client: Client,
): Promise<boolean> {
  const device = deviceOf(client.userAgent);
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
