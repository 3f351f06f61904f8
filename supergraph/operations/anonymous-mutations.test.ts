import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readSupergraph } from '../schema/supergraph-schema';
import { AccessRules, anonymousMutations } from './access';

it('takes no caller for the mutations of Plinth whose user is known by a credential in the arguments', () => {
  const file = join(__dirname, '..', '..', 'schema', 'supergraph.graphql');
  const schema = readSupergraph(readFileSync(file, 'utf8'));
  expect([...anonymousMutations(schema, AccessRules.read(schema))].sort()).toEqual([
    'acceptInvitation',
    'completeLogin',
    'login',
    'refresh',
    'register',
    'requestPasswordReset',
    'resetPassword',
    'verifyEmail',
  ]);
});
