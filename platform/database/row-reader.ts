import type { EntityMetadata } from 'typeorm';
import type { ColumnMetadata } from 'typeorm/metadata/ColumnMetadata';
import { ApplyValueTransformers } from 'typeorm/util/ApplyValueTransformers';

type Read = (value: unknown) => unknown;

/** A row class without the ORM: its columns, or some of them, in one order, and what their values are in JavaScript. */
export class PreparedTable {
  /** How many values of a row are this table's. */
  readonly width: number;
  /** As a statement selects them. */
  readonly columns: string;
  private readonly place: string;
  /** By the other selected columns and the text after `FROM`. Statements are found by their text, and hashing a new text is slow. */
  private readonly texts = new Map<string, Map<string, string>>();
  private readonly properties: readonly string[];
  private readonly readers: readonly (Read | undefined)[];

  /** @param properties the properties to read; all by default */
  constructor(
    private readonly row: new () => object,
    { columns, tableName, tablePath }: EntityMetadata,
    kind: 'sqlite' | 'postgres',
    properties?: readonly PropertyKey[],
  ) {
    const read = columns.filter(column => properties?.includes(column.propertyName) ?? true);
    this.columns = read.map(column => `"${tableName}"."${column.databaseName}"`).join(', ');
    this.place = tablePath
      .split('.')
      .map(name => `"${name}"`)
      .join('.');
    this.width = read.length;
    this.properties = read.map(column => column.propertyName);
    this.readers = read.map(column => readerOf(column, kind));
  }

  /** @param beside what is selected besides, of what `rest` joins; empty for nothing */
  select(beside: string, rest: string): string {
    let texts = this.texts.get(beside);
    if (texts === undefined) {
      texts = new Map();
      this.texts.set(beside, texts);
    }
    let text = texts.get(rest);
    if (text === undefined) {
      text = `SELECT ${this.columns}${beside === '' ? '' : `, ${beside}`} FROM ${this.place} ${rest}`;
      texts.set(rest, text);
    }
    return text;
  }

  /** @param from where this table's values begin */
  hydrate(values: readonly unknown[], from: number): object {
    const row = new this.row() as Record<string, unknown>;
    for (let index = 0; index < this.width; index++) {
      const read = this.readers[index];
      const value = values[from + index];
      row[this.properties[index]!] = read === undefined ? value : read(value);
    }
    return row;
  }
}

/** As the ORM reads them: columns.ts has no other kinds. Undefined where the value is what is stored. */
function readerOf({ type, transformer }: ColumnMetadata, kind: 'sqlite' | 'postgres'): Read | undefined {
  if (transformer !== undefined) {
    return Array.isArray(transformer)
      ? value => ApplyValueTransformers.transformFrom(transformer, value)
      : value => transformer.from(value);
  }
  if (type === 'simple-json') return value => (value === null ? null : JSON.parse(value as string));
  if (type === 'boolean' && kind === 'sqlite') return value => (value === null ? null : value !== 0);
  return undefined;
}
