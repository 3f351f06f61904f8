import type { MigrationClass } from '../../../platform/database';
import { CreateAuth1764000000001 } from './1764000000001-create-auth';

/** In the order they run; what has been released is never edited. */
export const migrations: MigrationClass[] = [CreateAuth1764000000001];
