import type { MigrationClass } from '../../../platform/database/data-source';
import { CreateLogs1764600000000 } from './1764600000000-create-logs';
import { CreateWatch1764600100000 } from './1764600100000-create-watch';

/** In the order they run; what has been released is never edited. */
export const migrations: MigrationClass[] = [CreateLogs1764600000000, CreateWatch1764600100000];
