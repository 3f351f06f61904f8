import { type EntityManager, In, IsNull, Not } from 'typeorm';
import type { Clock } from '../../platform/clock';
import type { RowClass } from '../../platform/database/data-source';
import { affectedRows } from '../../platform/database/database';
import type { Transaction } from '../../platform/database/transaction';
import type { Erased, ExportedFile, PersonalData } from '../../platform/personal-data';
import {
  type ApiKeyRevoked,
  apiKeyRevoked,
  type UserDeletionRequested,
} from '../../platform/security/access-events';
import { roleChangeTypes } from './security-events/role-changes';
import { recordSecurityEvent, SecurityEventType } from './security-events/security-event';
import type { SessionRevocations } from './sessions/session-revocations';
import {
  AccountCreationRow,
  AccountRow,
  AccountTokenRow,
  AdministratorReleaseRow,
  ApiKeyRow,
  KnownDeviceRow,
  LoginChallengeRow,
  RecoveryCodeRow,
  SecurityEventRow,
  SessionRow,
  TotpFactorRow,
} from './tables';

/** Rows in one file of an export, and files at most; the oldest rows are left out. */
const pageSize = 1_000;
const mostPages = 10;

const iso = (instant: number | null): string | null =>
  instant === null ? null : new Date(instant).toISOString();

/**
 * The personal data of auth: everything about the account. Security events keep the id of a deleted user: those of other
 * accounts on which the user acted, those of the user's account in which others acted, and changes of roles.
 */
export class AccountData implements PersonalData {
  constructor(
    private readonly revocations: Pick<SessionRevocations, 'endAll'>,
    private readonly clock: Clock,
  ) {}

  async erase(userId: string, tx: Transaction, by?: UserDeletionRequested['by']): Promise<Erased> {
    // Open connections and servers end a session by its id.
    await this.revocations.endAll(tx, userId);
    const keys = await tx.manager.findBy(ApiKeyRow, { createdBy: userId });
    for (const { id } of keys) {
      const data: ApiKeyRevoked = { keyId: id };
      await tx.emit({ type: apiKeyRevoked, data });
    }
    const gone = async (table: string, row: RowClass, where: object): Promise<[string, number]> => [
      table,
      affectedRows(await tx.manager.delete(row, where)),
    ];
    const erased = [
      await gone('api_keys', ApiKeyRow, { createdBy: userId }),
      await gone('login_challenges', LoginChallengeRow, { accountId: userId }),
      await gone('recovery_codes', RecoveryCodeRow, { accountId: userId }),
      await gone('totp_factors', TotpFactorRow, { accountId: userId }),
      await gone('account_tokens', AccountTokenRow, { accountId: userId }),
      await gone('known_devices', KnownDeviceRow, { accountId: userId }),
      // Actions of others on the account outlive it, and what the user did with roles, which belong to no account.
      await gone('security_events', SecurityEventRow, {
        accountId: userId,
        actorId: IsNull(),
        type: Not(In([...roleChangeTypes])),
      }),
      await gone('sessions', SessionRow, { accountId: userId }),
      await gone('accounts', AccountRow, { id: userId }),
    ];
    await tx.manager.delete(AdministratorReleaseRow, { accountId: userId });
    const isDeletedNow = erased.at(-1)![1] > 0;
    if (by !== undefined && isDeletedNow) {
      const type = SecurityEventType.DELETED;
      await recordSecurityEvent(tx, this.clock.now(), { accountId: userId, type, ...by });
    }
    const blanked = affectedRows(
      await tx.manager.update(
        AccountCreationRow,
        { accountId: userId },
        { fingerprint: null, passwordHash: null },
      ),
    );
    return { erased: Object.fromEntries(erased), anonymised: { account_creations: blanked } };
  }

  /** It is one long function, because it is a list of the tables that hold data of a user. */
  async collect(userId: string, manager: EntityManager): Promise<ExportedFile[]> {
    const account = await manager.findOneBy(AccountRow, { id: userId });
    if (account === null) return [];
    const { username, email, isActive, roles, permissions } = account;
    const sessions = await manager.find(SessionRow, {
      where: { accountId: userId },
      order: { id: 'DESC' },
      take: pageSize,
    });
    const keys = await manager.find(ApiKeyRow, {
      where: { createdBy: userId },
      order: { id: 'DESC' },
      take: pageSize,
    });
    const devices = await manager.find(KnownDeviceRow, {
      where: { accountId: userId },
      order: { lastSeenAt: 'DESC' },
      take: pageSize,
    });
    const factor = await manager.findOneBy(TotpFactorRow, { accountId: userId });
    return [
      {
        name: 'account.json',
        content: {
          id: userId,
          username,
          email,
          isActive,
          roles,
          permissions,
          createdAt: iso(account.createdAt),
          lastLogin: iso(account.lastLogin),
          emailVerifiedAt: iso(account.emailVerifiedAt),
          secondFactorSince: iso(factor?.confirmedAt ?? null),
        },
      },
      {
        name: 'sessions.json',
        content: sessions.map(({ id, address, userAgent, createdAt, lastSeenAt, expiresAt, revokedAt }) => ({
          id,
          address,
          userAgent,
          createdAt: iso(createdAt),
          lastSeenAt: iso(lastSeenAt),
          expiresAt: iso(expiresAt),
          revokedAt: iso(revokedAt),
        })),
      },
      {
        name: 'known-devices.json',
        content: devices.map(({ device, network, lastSeenAt }) => ({
          device,
          network,
          lastSeenAt: iso(lastSeenAt),
        })),
      },
      {
        name: 'api-keys.json',
        content: keys.map(({ id, name, prefix, scopes, createdAt, expiresAt, lastUsedAt, revokedAt }) => ({
          id,
          name,
          prefix: `plk_${prefix}`,
          scopes,
          createdAt: iso(createdAt),
          expiresAt: iso(expiresAt),
          lastUsedAt: iso(lastUsedAt),
          revokedAt: iso(revokedAt),
        })),
      },
      ...(await this.securityEvents(userId, manager)),
    ];
  }

  private async securityEvents(userId: string, manager: EntityManager): Promise<ExportedFile[]> {
    const files: ExportedFile[] = [];
    let before: string | undefined;
    while (files.length < mostPages) {
      const query = manager
        .createQueryBuilder(SecurityEventRow, 'event')
        .where('event.accountId = :userId', { userId })
        .orderBy('event.id', 'DESC')
        .limit(pageSize);
      if (before !== undefined) query.andWhere('event.id < :before', { before });
      const rows = await query.getMany();
      if (rows.length > 0 || files.length === 0) {
        const content = rows.map(({ id, type, occurredAt, actorId, address, userAgent, details }) => ({
          id,
          type,
          occurredAt: iso(occurredAt),
          // The address of another actor is the data of that actor.
          ...(actorId === null ? { address, userAgent } : { actorId }),
          details,
        }));
        files.push({ name: `security-events-${files.length + 1}.json`, content });
      }
      if (rows.length < pageSize) break;
      before = rows.at(-1)!.id;
    }
    return files;
  }
}
