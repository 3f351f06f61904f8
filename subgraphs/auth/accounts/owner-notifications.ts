import type { Client } from '../../../platform/http/client-address';
import type { Notice } from '../events';
import { deviceOf } from '../sessions/user-agent';
import type { AccountRow } from '../tables';

/** What tells an account's owner that something was done, and from where. */
export function noticeOf(
  { id, username, email }: Pick<AccountRow, 'id' | 'username' | 'email'>,
  { userAgent, address }: Client,
): Notice {
  return { userId: id, username, email, device: deviceOf(userAgent), address };
}
