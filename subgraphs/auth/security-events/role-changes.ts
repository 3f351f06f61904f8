import type { Transaction } from '../../../platform/database/transaction';
import type { RoleChanged } from '../events';
import { recordSecurityEvent, SecurityEventType } from './security-event';

const types: Readonly<Record<RoleChanged['change'], SecurityEventType>> = {
  created: SecurityEventType.ROLE_CREATED,
  updated: SecurityEventType.ROLE_UPDATED,
  deleted: SecurityEventType.ROLE_DELETED,
};

/** They are about no account, so they outlive the account that acted. */
export const roleChangeTypes: readonly SecurityEventType[] = Object.values(types);

/** Records a change of a role in the trail of the account that acted, or that created the API key that acted. */
export async function recordRoleChange(
  { change, actorId, onBehalfOf, client, ...details }: RoleChanged,
  changedAt: number,
  tx: Transaction,
): Promise<void> {
  await recordSecurityEvent(tx, changedAt, {
    accountId: onBehalfOf,
    type: types[change],
    client,
    ...(actorId === onBehalfOf ? {} : { actorId }),
    details,
  });
}
