import type { MigrationClass } from '../../../platform/database/data-source';
import { CreateLogs1764600000000 } from './1764600000000-create-logs';
import { CreateSpans1764610000000 } from './1764610000000-create-spans';
import { CreateWatch1764620000000 } from './1764620000000-create-watch';
import { CreateAlerts1764630000000 } from './1764630000000-create-alerts';

/** In the order they run; what has been released is never edited. */
export const migrations: MigrationClass[] = [
  CreateLogs1764600000000,
  CreateSpans1764610000000,
  CreateWatch1764620000000,
  CreateAlerts1764630000000,
];
