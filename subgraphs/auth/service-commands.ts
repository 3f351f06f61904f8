import { z } from 'zod';
import type { Clock } from '../../platform/clock';
import type { Route } from '../../platform/http/router';
import type { Keyring } from '../../platform/security/keyring';
import { commandRoute } from '../../platform/service-commands';
import type { AccountCreations } from './accounts/account-creations';
import type { ActiveAdministrators } from './accounts/active-administrators';

const checked = z.object({ username: z.string(), email: z.string(), password: z.string().optional() });
const creation = checked.extend({
  creationId: z.uuid(),
  roles: z.array(z.string()).max(100),
  actorId: z.string(),
  client: z.object({ address: z.string(), userAgent: z.string() }),
  locale: z.string().max(35).optional(),
});
const release = z.object({ releaseId: z.uuid(), userId: z.uuid() });
const cancellation = z.object({ creationId: z.uuid() });

/** The commands of other services. */
export function commandRoutes(
  { creations, administrators }: { creations: AccountCreations; administrators: ActiveAdministrators },
  verifier: { keyring: Keyring; clock: Clock },
): Route[] {
  return [
    commandRoute('/commands/check-account', verifier, async command => ({
      mistakes: creations.check(checked.parse(command)),
    })),
    commandRoute('/commands/create-account', verifier, command => creations.create(creation.parse(command))),
    commandRoute('/commands/cancel-account', verifier, async command => ({
      made: await creations.cancel(cancellation.parse(command).creationId),
    })),
    commandRoute('/commands/release-administrator', verifier, async command => {
      await administrators.release(release.parse(command));
      return {};
    }),
  ];
}
