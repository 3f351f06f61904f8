import { getMetadataArgsStorage } from 'typeorm';
import type { RowClass } from '../database/data-source';
import { Keyring } from '../security/keyring';
import type { EncryptedColumns } from '../stored-keys';
import type { TestService } from './test-service';

export interface StoredKeysContract {
  service: TestService;
  entities: readonly RowClass[];
  encryptedColumns: EncryptedColumns;
  /** Stores something in each of the encrypted columns. */
  store: () => Promise<void>;
  /** Reads some of it. */
  read: () => Promise<void>;
}

/** What every service does when ENCRYPTION_KEYS have changed. The service is not started yet. */
export function describeStoredKeys(options: StoredKeysContract): void {
  const { service, entities, encryptedColumns, store, read } = options;
  const [one, two] = [Keyring.generate('one'), Keyring.generate('two')];
  const startWith = (keys: string) => service.restart({ ENCRYPTION_KEYS: keys });
  const columns = Object.entries(encryptedColumns).flatMap(([table, names]) =>
    names.map(name => `${table}.${name}`),
  );
  const tables = getMetadataArgsStorage().tables.filter(({ target }) =>
    entities.includes(target as RowClass),
  );
  const name = service.options.name;

  describe('a start with other encryption keys', () => {
    beforeAll(async () => {
      await service.prepare();
      await startWith(one);
      await store();
    }, 60_000);
    afterAll(() => service.close());

    it('looks into every column that holds something encrypted', async () => {
      const encrypted = new Set<string>();
      for (const table of tables) {
        for (const row of await service.database.rows(table.name!)) {
          for (const [column, value] of Object.entries(row)) {
            if (String(value).startsWith('v1.one.')) encrypted.add(`${table.name}.${column}`);
          }
        }
      }
      expect([...encrypted].sort()).toEqual([...columns].sort());
    });

    it.each([
      ['without the key of stored data', two],
      ['with another key of the same id', Keyring.generate('one')],
    ])('is refused %s, with the column and the setting', async (_what, keys) => {
      const mistake = new RegExp(`${name} service.* ${columns[0]} .*\\bone\\b.*ENCRYPTION_KEYS`);
      await expect(startWith(keys)).rejects.toMatchObject({ mistakes: [expect.stringMatching(mistake)] });
    });

    it('is refused for data from before the keys were recorded', async () => {
      await service.database.remove('encryption_keys', '1 = 1');
      await expect(startWith(two)).rejects.toMatchObject({
        mistakes: [expect.stringContaining(columns[0]!)],
      });
    });

    it('works with the old key behind the new one', async () => {
      await startWith(`${two},${one}`);
      await read();
    });
  });
}
