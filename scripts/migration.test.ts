import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createMigration } from './migration';

describe('npm run migration:create', () => {
  let root: string;

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'plinth-migration-'));
    mkdirSync(join(root, 'subgraphs', 'auth'), { recursive: true });
  });

  afterEach(() => rmSync(root, { recursive: true }));

  it('writes the step and adds it to the list, in order', () => {
    createMigration(root, 'auth', 'add-last-login', 1_800_000_000_001);
    createMigration(root, 'auth', 'drop-nickname', 1_800_000_000_002);
    const folder = join(root, 'subgraphs', 'auth', 'migrations');
    expect(readFileSync(join(folder, 'index.ts'), 'utf8')).toContain(
      '= [AddLastLogin1800000000001, DropNickname1800000000002];',
    );
    expect(readFileSync(join(folder, '1800000000001-add-last-login.ts'), 'utf8')).toContain(
      'class AddLastLogin1800000000001 extends Migration',
    );
  });

  it.each([
    ['nowhere', 'a', 'There is no subgraph'],
    ['../auth', 'a', 'There is no subgraph'],
    ['auth', 'NotKebab', 'kebab-case'],
    ['auth', '../../x', 'kebab-case'],
  ])('refuses %s %s', (service, name, message) => {
    expect(() => createMigration(root, service, name, 1_800_000_000_000)).toThrow(message);
  });

  it('refuses a name that is taken', () => {
    createMigration(root, 'auth', 'one', 1_800_000_000_001);
    expect(() => createMigration(root, 'auth', 'one', 1_800_000_000_002)).toThrow('already has a migration');
  });
});
