import type { MigrationClass } from '../../../platform/database';
import { CreateAccounts1764000000000 } from './1764000000000-create-accounts';

/** In the order they run; what has been released is never edited. */
export const migrations: MigrationClass[] = [CreateAccounts1764000000000];
