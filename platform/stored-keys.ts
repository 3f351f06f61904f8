import { ConfigError } from './config';
import type { Database } from './database/database';
import { EncryptionKeyRow } from './database/platform-tables';
import type { Keyring } from './security/keyring';

/** Columns with texts of `Keyring.encrypt`, by table. */
export type EncryptedColumns = Readonly<Record<string, readonly string[]>>;

const context = 'encryption key check';

/**
 * Refuses a start with keys that cannot read what the service has stored. Without this check the service would start, and
 * fail later for each user whose data needs the lost key.
 *
 * Each key that a service starts with leaves a row with a sample. So the encrypted columns are searched only when a key of
 * an earlier start is gone, and once before there are rows.
 *
 * @throws ConfigError with the id of the lost key and a column that needs it
 */
export async function requireStoredKeys(
  db: Database,
  keyring: Keyring,
  columns: EncryptedColumns,
): Promise<void> {
  const known = await db.read.find(EncryptionKeyRow);
  const lost = known.filter(row => !canRead(keyring, row.sample)).map(row => row.id);
  const needed =
    known.length === 0 ? await unreadable(db, keyring, columns) : await neededOf(db, lost, columns);
  if (needed.length > 0) {
    throw new ConfigError(
      needed.map(
        ({ key, column }) =>
          `The ${db.service} service has stored data in ${column} under the encryption key ${key}, which is missing or has changed: put it back into ENCRYPTION_KEYS (or restore secret.key in DATA_DIR), with new keys in front`,
      ),
    );
  }
  await db.transaction(async tx => {
    // Rotated away: nothing needs it any more.
    for (const id of lost) await tx.manager.delete(EncryptionKeyRow, { id });
    await tx.manager
      .createQueryBuilder()
      .insert()
      .into(EncryptionKeyRow)
      .values({ id: keyring.currentId, sample: keyring.encrypt('sample', context) })
      .orIgnore()
      .execute();
  });
}

function canRead(keyring: Keyring, sample: string): boolean {
  try {
    keyring.decrypt(sample, context);
    return true;
  } catch {
    return false;
  }
}

interface Needed {
  key: string;
  column: string;
}

/** The lost keys that a row still needs, each with the first column that has one. */
async function neededOf(db: Database, lost: readonly string[], columns: EncryptedColumns): Promise<Needed[]> {
  const needed: Needed[] = [];
  for (const key of lost) {
    const start = `v1.${key}.`;
    for (const [table, column] of each(columns)) {
      const [row] = await texts(db, table, column, `SUBSTR(${column}, 1, ${start.length}) = '${start}'`);
      if (row === undefined) continue;
      needed.push({ key, column: `${table}.${column}` });
      break;
    }
  }
  return needed;
}

/** A row of each column whose key is not in the keyring: before the first row about keys. */
async function unreadable(db: Database, keyring: Keyring, columns: EncryptedColumns): Promise<Needed[]> {
  const needed = new Map<string, Needed>();
  for (const [table, column] of each(columns)) {
    const others = keyring.ids.map(id => `SUBSTR(${column}, 1, ${id.length + 4}) <> 'v1.${id}.'`);
    const [text] = await texts(db, table, column, others.join(' AND '));
    const key = text?.split('.')[1];
    if (key !== undefined && !needed.has(key)) needed.set(key, { key, column: `${table}.${column}` });
  }
  return [...needed.values()];
}

async function texts(db: Database, table: string, column: string, where: string): Promise<string[]> {
  const rows = (await db.read.query(
    `SELECT ${column} AS text FROM ${table} WHERE ${column} IS NOT NULL AND ${column} <> '' AND ${where} LIMIT 1`,
  )) as { text: string }[];
  return rows.map(row => row.text);
}

function each(columns: EncryptedColumns): [table: string, column: string][] {
  return Object.entries(columns).flatMap(([table, names]) =>
    names.map((name): [string, string] => [table, name]),
  );
}
