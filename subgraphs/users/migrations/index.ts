import type { MigrationClass } from '../../../platform/database/data-source';
import { CreateUsers1764000000001 } from './1764000000001-create-users';
import { SearchUsers1764000000002 } from './1764000000002-search-users';
import { CreateLifecycle1764400000000 } from './1764400000000-create-lifecycle';
import { CreateAdministratorReleases1764600000000 } from './1764600000000-create-administrator-releases';
import { AddAvatarFiles1764700000000 } from './1764700000000-add-avatar-files';
import { AddLocalesAndTimeZones1765000000000 } from './1765000000000-add-locales-and-time-zones';

/** In the order they run; what has been released is never edited. */
export const migrations: MigrationClass[] = [
  CreateUsers1764000000001,
  SearchUsers1764000000002,
  CreateLifecycle1764400000000,
  CreateAdministratorReleases1764600000000,
  AddAvatarFiles1764700000000,
  AddLocalesAndTimeZones1765000000000,
];
