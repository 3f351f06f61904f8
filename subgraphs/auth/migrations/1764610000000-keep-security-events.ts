import { dropReference, Migration, type QueryRunner } from '../../../platform/database/migration';

/** Security events in which others acted outlive the account. */
export class KeepSecurityEvents1764610000000 extends Migration {
  async up(runner: QueryRunner): Promise<void> {
    await dropReference(runner, 'security_events', 'account_id');
  }
}
