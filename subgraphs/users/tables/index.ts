import type { RowClass } from '../../../platform/database/data-source';
import {
  CreationRow,
  DeletionRow,
  DeletionStepRow,
  ExportFileRow,
  ExportRow,
  ExportStepRow,
} from './lifecycle';
import { ContactToAnnounceRow, ProfileRow } from './profiles';
import { AdministratorReleaseRow, RoleAssignmentRow, RoleRow } from './roles';
import { SearchEntryRow, SearchWordRow } from './search';

export * from './lifecycle';
export * from './profiles';
export * from './roles';
export * from './search';

/** What is encrypted with ENCRYPTION_KEYS. */
export const encryptedColumns = {
  profiles: ['phone'],
  creations: ['input'],
  export_files: ['sealed'],
};

/** Every table of the users service. */
export const entities: RowClass[] = [
  ProfileRow,
  ContactToAnnounceRow,
  RoleRow,
  RoleAssignmentRow,
  AdministratorReleaseRow,
  SearchEntryRow,
  SearchWordRow,
  CreationRow,
  DeletionRow,
  DeletionStepRow,
  ExportRow,
  ExportStepRow,
  ExportFileRow,
];
