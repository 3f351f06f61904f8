import type { MigrationClass } from '../../../platform/database/data-source';

/** In the order they run; what has been released is never edited. */
export const migrations: MigrationClass[] = [];
