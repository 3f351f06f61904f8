import type { MigrationClass } from '../../../platform/database/data-source';
import { CreateNotifications1764500000000 } from './1764500000000-create-notifications';
import { AddChannels1764600000000 } from './1764600000000-add-channels';

/** In the order they run; what has been released is never edited. */
export const migrations: MigrationClass[] = [CreateNotifications1764500000000, AddChannels1764600000000];
