import type { MigrationClass } from '../../../platform/database/data-source';
import { CreateNotifications1764500000000 } from './1764500000000-create-notifications';
import { AddChannels1764600000000 } from './1764600000000-add-channels';
import { CreateSchedules1764700000000 } from './1764700000000-create-schedules';
import { NoteTracesOfNotifications1764800000000 } from './1764800000000-note-traces-of-notifications';
import { AddPhones1764900000000 } from './1764900000000-add-phones';
import { AddLocalesAndTimeZones1765000000000 } from './1765000000000-add-locales-and-time-zones';

/** In the order they run; what has been released is never edited. */
export const migrations: MigrationClass[] = [
  CreateNotifications1764500000000,
  AddChannels1764600000000,
  CreateSchedules1764700000000,
  NoteTracesOfNotifications1764800000000,
  AddPhones1764900000000,
  AddLocalesAndTimeZones1765000000000,
];
