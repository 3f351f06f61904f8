import { ConfigError } from '../../platform/config';
import { AppError } from '../../platform/errors';
import type { Logger } from '../../platform/logger';
import type { Accounts } from './accounts';

/**
 * Makes the administrator of ADMIN_EMAIL and ADMIN_PASSWORD, with the username `admin`, where there is none yet. Any number
 * of instances and starts make one.
 *
 * @throws ConfigError when the address or the password is not taken; the password is not shown
 */
export async function makeFirstAdministrator(
  accounts: Accounts,
  config: { adminEmail: string | undefined; adminPassword: string | undefined },
  logger: Pick<Logger, 'info' | 'warn'>,
): Promise<void> {
  const { adminEmail: email, adminPassword: password } = config;
  if (await accounts.hasAdministrator()) return;
  if (email === undefined || password === undefined) {
    logger.info(
      {},
      'there is no administrator yet: npm run admin:create, or set ADMIN_EMAIL and ADMIN_PASSWORD',
    );
    return;
  }
  try {
    const account = await accounts.registerAdministrator({ username: 'admin', email, password });
    logger.info({ user_id: account.id }, 'made the first administrator');
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    // Another instance that started at the same moment was first.
    if (error.status === 409 && (await accounts.hasAdministrator())) return;
    const what = Array.isArray(error.details)
      ? error.details.map(({ field, message }) => `ADMIN_${field.toUpperCase()} ${message}`)
      : [`The first administrator cannot be made: ${error.message}`];
    throw new ConfigError(what);
  }
}
