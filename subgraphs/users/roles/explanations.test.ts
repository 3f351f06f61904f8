import fc from 'fast-check';
import { Authenticated } from '../../../platform/security/caller';
import { RoleRow } from '../tables';
import { permissionsOf } from './access';
import { decide } from './explanations';

// Few words, so that grants and what is asked for meet often.
const word = fc.constantFrom('files', 'file', 'users', 'images', 'read', 'a-1');
const permission = fc.array(word, { minLength: 1, maxLength: 3 }).map(words => words.join(':'));
const grant = fc.oneof(
  permission,
  permission.map(text => `${text}:*`),
  fc.constant('*'),
);
const roles = fc
  .array(fc.array(grant, { maxLength: 4 }), { maxLength: 4 })
  .map(list =>
    list.map((permissions, at) => Object.assign(new RoleRow(), { name: `role-${at}`, permissions })),
  );

describe('an explanation', () => {
  it('agrees with what the caller’s permissions say, whatever they are', () => {
    fc.assert(
      fc.property(roles, permission, (held, wanted) => {
        const caller = new Authenticated({
          kind: 'user',
          id: 'somebody',
          permissions: permissionsOf(held),
          isCurrent: () => true,
        });
        const { decidedBy, grants } = decide(held, wanted);
        expect(decidedBy !== undefined).toBe(caller.has(wanted));
        expect(grants.length > 0).toBe(caller.has(wanted));
        if (decidedBy !== undefined) expect(grants).toContainEqual(decidedBy);
      }),
      { numRuns: 2_000 },
    );
  });

  it('names every rule that alone would do, and none that would not', () => {
    fc.assert(
      fc.property(roles, permission, (held, wanted) => {
        const { grants } = decide(held, wanted);
        const may = (permissions: readonly string[]) =>
          new Authenticated({ kind: 'user', id: 'somebody', permissions, isCurrent: () => true }).has(wanted);
        expect(grants.every(each => may([each.grant]))).toBe(true);
        const named = new Set(grants.map(each => each.grant));
        expect(may(permissionsOf(held).filter(each => !named.has(each)))).toBe(false);
      }),
      { numRuns: 2_000 },
    );
  });

  it('lets nothing decide for a suspended account', () => {
    const role = Object.assign(new RoleRow(), { name: 'all', permissions: ['*'] });
    expect(decide([role], 'files:read', false)).toEqual({
      isActive: false,
      decidedBy: undefined,
      grants: [{ role, grant: '*' }],
    });
  });
});
