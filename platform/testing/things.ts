import { Column, Entity, type QueryRunner, Table } from 'typeorm';
import { systemClock } from '../clock';
import { BigCountColumn, IdColumn, InstantColumn, JsonColumn, TextColumn } from '../database/columns';
import type { MigrationClass } from '../database/data-source';
import { Database } from '../database/database';
import { belongsTo, columnsFor, Migration, uniqueIndex } from '../database/migration';
import { silentLogger } from '../observability/logger';

/** A small service's tables, for tests of the platform. */
@Entity('things')
export class Thing {
  @IdColumn()
  id: string;

  @TextColumn()
  name: string;

  @TextColumn({ nullable: true })
  email: string | null;

  @Column('integer')
  version: number;

  @Column('boolean')
  isActive: boolean;

  @BigCountColumn()
  sizeInBytes: number;

  @JsonColumn()
  document: object;

  @InstantColumn()
  createdAt: number;

  @InstantColumn({ nullable: true })
  deletedAt: number | null;
}

@Entity('parts')
export class Part {
  @IdColumn()
  id: string;

  @TextColumn()
  thingId: string;

  @Column('integer')
  number: number;
}

export class CreateThings1700000000001 extends Migration {
  async up(runner: QueryRunner): Promise<void> {
    const { id, text, integer, boolean, bigCount, json, instant } = columnsFor(runner);
    await runner.createTable(
      new Table({
        name: 'things',
        columns: [
          id(),
          text('name'),
          text('email', { nullable: true }),
          integer('version'),
          boolean('is_active', { default: true }),
          bigCount('size_in_bytes', { default: 0 }),
          json('document', { default: '{}' }),
          instant('created_at'),
        ],
      }),
    );
    await uniqueIndex(runner, 'things', ['lower(email)']);
    await runner.createTable(
      new Table({
        name: 'parts',
        columns: [id(), text('thing_id'), integer('number')],
        uniques: [{ columnNames: ['thing_id', 'number'] }],
        foreignKeys: [belongsTo('thing_id', 'things')],
      }),
    );
  }
}

class AddDeletedAt1700000000002 extends Migration {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE things ADD COLUMN deleted_at bigint');
  }
}

export const thingMigrations: MigrationClass[] = [CreateThings1700000000001, AddDeletedAt1700000000002];

export function openThings(url: string, service: string, migrations = thingMigrations): Promise<Database> {
  return Database.open({
    url,
    service,
    entities: [Thing, Part],
    migrations,
    clock: systemClock,
    logger: silentLogger,
  });
}

export function thing(values: Partial<Thing> & { id: string }): Thing {
  return Object.assign(new Thing(), {
    name: values.id,
    email: null,
    version: 1,
    isActive: true,
    sizeInBytes: 0,
    document: {},
    createdAt: 0,
    deletedAt: null,
    ...values,
  });
}
