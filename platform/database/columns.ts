import { Column, type ColumnOptions, PrimaryColumn, type ValueTransformer } from 'typeorm';

/**
 * The column kinds row classes are made of. Each reads and writes the same JavaScript value on SQLite and PostgreSQL;
 * the migration's builder of the same name (migration.ts) makes the column.
 */

interface Options {
  nullable?: boolean;
  /** The column, where its name is not that of the property. */
  name?: string;
}

/** PostgreSQL hands 64-bit integers out as text; milliseconds since 1970 fit a JavaScript number until the year 287396. */
const wholeNumber: ValueTransformer = {
  from: (value: string | number | null) => (value === null ? null : Number(value)),
  to: (value: unknown) => value,
};

/** A moment, as milliseconds since the Unix epoch: no time zone, and the same order on both databases. */
export function InstantColumn(options: Options = {}): PropertyDecorator {
  return Column('bigint', { ...options, transformer: wholeNumber });
}

/** A whole number that may pass 2^31, such as a size in bytes; safe up to 2^53. */
export function BigCountColumn(options: Options & { default?: number } = {}): PropertyDecorator {
  return Column('bigint', { ...options, transformer: wholeNumber });
}

/** A small document that is stored and read as a whole. Nothing can be searched in it. */
export function JsonColumn(options: Options = {}): PropertyDecorator {
  return Column('simple-json', options);
}

export function TextColumn(options: Options & Pick<ColumnOptions, 'default'> = {}): PropertyDecorator {
  return Column('text', options);
}

/** The primary key: text, usually a UUID of version 7 (ids.ts) made by the service. */
export function IdColumn(): PropertyDecorator {
  return PrimaryColumn('text');
}
