import type { MigrationClass } from '../../../platform/database/database';

/** In the order they run; what has been released is never edited. */
export const migrations: MigrationClass[] = [];
