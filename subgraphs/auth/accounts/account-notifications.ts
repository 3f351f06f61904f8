import type { Client } from '../../../platform/http/client-address';
import type { AccountNotification } from '../events';
import { deviceName } from '../sessions/user-agent';
import type { AccountRow } from '../tables';

/** The part that every notification to the owner of an account has: the account, and the client that acted. */
export function accountNotification(
  { id, username, email }: Pick<AccountRow, 'id' | 'username' | 'email'>,
  { userAgent, address }: Client,
): AccountNotification {
  return { userId: id, username, email, device: deviceName(userAgent), address };
}
