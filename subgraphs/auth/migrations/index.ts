import type { MigrationClass } from '../../../platform/database/data-source';
import { CreateAuth1764000000001 } from './1764000000001-create-auth';
import { CreateApiKeys1764100000000 } from './1764100000000-create-api-keys';
import { NoteSecurityEvents1764200000000 } from './1764200000000-note-security-events';
import { CreateAccountTokens1764300000000 } from './1764300000000-create-account-tokens';
import { KnowDevices1764310000000 } from './1764310000000-know-devices';
import { CreateTotp1764320000000 } from './1764320000000-create-totp';
import { CreateAccountCreations1764400000000 } from './1764400000000-create-account-creations';
import { CreateAdministratorReleases1764600000000 } from './1764600000000-create-administrator-releases';
import { KeepSecurityEvents1764610000000 } from './1764610000000-keep-security-events';

/** In the order they run; what has been released is never edited. */
export const migrations: MigrationClass[] = [
  CreateAuth1764000000001,
  CreateApiKeys1764100000000,
  NoteSecurityEvents1764200000000,
  CreateAccountTokens1764300000000,
  KnowDevices1764310000000,
  CreateTotp1764320000000,
  CreateAccountCreations1764400000000,
  CreateAdministratorReleases1764600000000,
  KeepSecurityEvents1764610000000,
];
