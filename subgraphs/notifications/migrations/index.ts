import type { MigrationClass } from '../../../platform/database/data-source';
import { CreateNotifications1764500000000 } from './1764500000000-create-notifications';

/** In the order they run; what has been released is never edited. */
export const migrations: MigrationClass[] = [CreateNotifications1764500000000];
