import { covers, decisiveGrant, inCommon, isPermission } from './permissions';

describe('permissions', () => {
  it('are resource:action, deeper paths, or end in one wildcard', () => {
    for (const text of [
      'files:read',
      'files',
      'files:*',
      '*',
      'a-b:c-1',
      'files:images:read',
      'files:images:*',
    ])
      expect([text, isPermission(text)]).toEqual([text, true]);
    for (const text of [
      '',
      '*:read',
      'files:*:read',
      'Files:read',
      'files:',
      ':read',
      'files:r*',
      '**',
      'files read',
      'files:read\n',
    ])
      expect([text, isPermission(text)]).toEqual([text, false]);
  });

  it('are granted by themselves and by the wildcards above them', () => {
    expect(decisiveGrant(['users:read', 'files:*'], 'files:read')).toBe('files:*');
    expect(decisiveGrant(['*'], 'files:read')).toBe('*');
    expect(decisiveGrant(['files:read'], 'files:write')).toBeUndefined();
    expect(decisiveGrant(['file:*'], 'files:read')).toBeUndefined();
    expect(decisiveGrant(['files:*'], 'files')).toBeUndefined();
  });

  it.each([
    [['*'], '*', true],
    [['*'], 'files:*', true],
    [['*'], 'files:read', true],
    [['files:*'], '*', false],
    [['files:*'], 'files:*', true],
    [['files:*'], 'files:read', true],
    [['files:*'], 'files:images:*', true],
    [['files:images:*'], 'files:*', false],
    [['files:*'], 'filesystem:*', false],
    [['files:read', 'files:write'], 'files:*', false],
    [['files:read'], 'files:read', true],
    [['files:read'], 'files:read:*', false],
    [[], 'files:read', false],
    [[], '*', false],
  ])('who holds %j may pass %s on: %s', (granted, wanted, expected) => {
    expect(covers(granted, wanted)).toBe(expected);
  });

  it('have in common what both lists grant, as the narrower grant', () => {
    expect(inCommon(['users:*', 'files:read'], ['users:read', 'users:write', 'roles:read'])).toEqual([
      'users:read',
      'users:write',
    ]);
    expect(inCommon(['*'], ['files:*', 'users:read'])).toEqual(['files:*', 'users:read']);
    expect(inCommon(['users:read'], ['*'])).toEqual(['users:read']);
    expect(inCommon(['files:images:*'], ['files:*'])).toEqual(['files:images:*']);
    expect(inCommon(['users:read'], [])).toEqual([]);
  });
});
