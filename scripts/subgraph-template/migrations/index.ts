import type { MigrationClass } from '../../../platform/database/data-source';
import { CreateSamples1700000000000 } from './1700000000000-create-samples';

/** In the order they run; what has been released is never edited. */
export const migrations: MigrationClass[] = [CreateSamples1700000000000];
