import type { Deletion as DeletionState } from '../lifecycle/deletions';
import type { DataExport as ExportState } from '../lifecycle/exports';
import type { ShownProfile } from '../profiles/profiles';
import type { Explanation, Grant } from '../roles/explanations';
import type { RoleRow } from '../tables';
import {
  type DataExport,
  type DataExportStatusType,
  type Deletion,
  type DeletionStatusType,
  type ErasureCount,
} from './lifecycle.types';
import type { AccessExplanation, AccessGrant, Role, User, UserProfile } from './types';

export function userOf(id: string): User {
  return { id };
}

export function profileOf(row: ShownProfile): UserProfile {
  const { id, userId, firstName, lastName, phone, locale, timeZone } = row;
  const { avatarUrl, avatarFileId, metadata, version, updatedAt } = row;
  return {
    id,
    userId,
    firstName,
    lastName,
    sealedPhone: phone,
    locale,
    timeZone,
    avatarUrl,
    avatarFileId,
    metadata,
    version,
    updatedAt: new Date(updatedAt),
  };
}

export function roleOf(row: RoleRow): Role {
  const { id, name, description, permissions, isSystem, version } = row;
  return { id, name, description, permissions, isSystem, version };
}

export function explanationOf({
  allowed,
  decidedBy,
  grants,
  wouldGrant,
  reason,
}: Explanation): AccessExplanation {
  return {
    allowed,
    decidedBy: decidedBy === undefined ? null : grantOf(decidedBy),
    grants: grants.map(grantOf),
    wouldGrant: wouldGrant?.map(roleOf) ?? null,
    reason,
  };
}

function grantOf({ role, grant }: Grant): AccessGrant {
  return { role: roleOf(role), grant };
}

export function deletionOf({ id, status, requestedAt, completedAt, steps }: DeletionState): Deletion {
  return {
    id,
    status: status as DeletionStatusType,
    requestedAt: new Date(requestedAt),
    completedAt: dateOf(completedAt),
    steps: steps.map(step => ({
      service: step.service,
      completedAt: dateOf(step.completedAt),
      erased: countsOf(step.erased),
      anonymised: countsOf(step.anonymised),
    })),
  };
}

export function dataExportOf(state: ExportState): DataExport {
  const { id, status, requestedAt, expiresAt, waitingFor, downloadPath } = state;
  return {
    id,
    status: status as DataExportStatusType,
    requestedAt: new Date(requestedAt),
    expiresAt: new Date(expiresAt),
    waitingFor,
    downloadPath,
  };
}

function countsOf(counts: Record<string, number>): ErasureCount[] {
  return Object.entries(counts)
    .filter(([, count]) => count > 0)
    .map(([kind, count]) => ({ kind, count }));
}

function dateOf(instant: number | null): Date | null {
  return instant === null ? null : new Date(instant);
}
