import type { MigrationClass } from '../../../platform/database/data-source';
import { CreateFiles1764500000000 } from './1764500000000-create-files';

/** In the order they run; what has been released is never edited. */
export const migrations: MigrationClass[] = [CreateFiles1764500000000];
