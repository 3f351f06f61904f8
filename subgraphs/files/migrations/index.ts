import type { MigrationClass } from '../../../platform/database/data-source';
import { CreateFiles1764500000000 } from './1764500000000-create-files';
import { AddDataKeys1764600000001 } from './1764600000001-add-data-keys';
import { CreateThumbnails1764600000002 } from './1764600000002-create-thumbnails';
import { AddScanStatus1764600000003 } from './1764600000003-add-scan-status';
import { CreateUploadSessions1764600000004 } from './1764600000004-create-upload-sessions';
import { NoteTracesOfFiles1764800000000 } from './1764800000000-note-traces-of-files';
import { NoteScansOfFiles1764800000001 } from './1764800000001-note-scans-of-files';
import { CreateStorageTotal1764800000002 } from './1764800000002-create-storage-total';

/** In the order they run; what has been released is never edited. */
export const migrations: MigrationClass[] = [
  CreateFiles1764500000000,
  AddDataKeys1764600000001,
  CreateThumbnails1764600000002,
  AddScanStatus1764600000003,
  CreateUploadSessions1764600000004,
  NoteTracesOfFiles1764800000000,
  NoteScansOfFiles1764800000001,
  CreateStorageTotal1764800000002,
];
