import { Column, Entity, PrimaryColumn, PrimaryGeneratedColumn } from 'typeorm';
import { InstantColumn, JsonColumn } from './columns';
import { columnsFor, index, Migration, type QueryRunner, Table } from './migration';

/** An event that was committed with the rows it is about, and waits to be published. */
@Entity('outbox')
export class OutboxRow {
  /** The order of writing. PostgreSQL hands it out as text; it is only ever compared by the database. */
  @PrimaryGeneratedColumn({ type: 'bigint' })
  position: string;

  @Column('text')
  id: string;

  @Column('text')
  type: string;

  @Column('integer')
  version: number;

  /** Wrapped, because a bare `null` or text would look like a missing value. */
  @JsonColumn()
  data: object & { value?: unknown };

  @InstantColumn()
  occurredAt: number;

  @Column('text', { nullable: true })
  traceparent: string | null;

  /** How often a consumer in this process failed it; an unreachable broker is not the event's fault and not counted. */
  @Column('integer')
  attempts: number;

  @InstantColumn()
  nextAttemptAt: number;

  @Column('text', { nullable: true })
  lastError: string | null;
}

/** An event this service has handled: written in the transaction that handled it, so a redelivery finds it. */
@Entity('consumed_events')
export class ConsumedEventRow {
  @PrimaryColumn('text')
  consumerGroup: string;

  @PrimaryColumn('text')
  eventId: string;

  @InstantColumn()
  consumedAt: number;
}

/** An encryption key that the service has started with, see stored-keys.ts. */
@Entity('encryption_keys')
export class EncryptionKeyRow {
  @PrimaryColumn('text')
  id: string;

  /** Any text, encrypted with this key. */
  @Column('text')
  sample: string;
}

/** What has changed in the access of a user, for `Delegations`. */
@Entity('account_access')
export class AccountAccessRow {
  @PrimaryColumn('text')
  userId: string;

  @Column('boolean')
  isActive: boolean;

  /** Null while they have not changed since the service exists. */
  @JsonColumn({ nullable: true })
  permissions: string[] | null;

  @InstantColumn()
  permissionsAt: number;

  @InstantColumn()
  activeAt: number;
}

/** An API key with which something was delegated, or that was revoked, for `Delegations`. */
@Entity('delegating_keys')
export class DelegatingKeyRow {
  @PrimaryColumn('text')
  keyId: string;

  /** The creator of the key; null when the key was revoked before it delegated anything, and after the deletion of the user. */
  @Column('text', { nullable: true })
  userId: string | null;

  @InstantColumn({ nullable: true })
  expiresAt: number | null;

  @Column('boolean')
  isRevoked: boolean;
}

/** The tables every service has. */
export class PlatformTables1700000000000 extends Migration {
  async up(runner: QueryRunner): Promise<void> {
    const { counter, text, integer, instant, json } = columnsFor(runner);
    await runner.createTable(
      new Table({
        name: 'outbox',
        columns: [
          counter('position'),
          text('id', { unique: true }),
          text('type'),
          integer('version'),
          json('data'),
          instant('occurred_at'),
          text('traceparent', { nullable: true }),
          integer('attempts', { default: 0 }),
          instant('next_attempt_at', { default: 0 }),
          text('last_error', { nullable: true }),
        ],
      }),
    );
    await runner.createTable(
      new Table({
        name: 'consumed_events',
        columns: [
          text('consumer_group', { primary: true }),
          text('event_id', { primary: true }),
          instant('consumed_at'),
        ],
      }),
    );
    await index(runner, 'consumed_events', ['consumed_at']);
  }
}

export class EncryptionKeys1764650000000 extends Migration {
  async up(runner: QueryRunner): Promise<void> {
    const { id, text } = columnsFor(runner);
    await runner.createTable(new Table({ name: 'encryption_keys', columns: [id(), text('sample')] }));
  }
}

export class AccountAccess1764660000000 extends Migration {
  async up(runner: QueryRunner): Promise<void> {
    const { text, boolean, instant, json } = columnsFor(runner);
    await runner.createTable(
      new Table({
        name: 'account_access',
        columns: [
          text('user_id', { primary: true }),
          boolean('is_active'),
          json('permissions', { nullable: true }),
          instant('permissions_at'),
          instant('active_at'),
        ],
      }),
    );
  }
}

export class DelegatingKeys1764900000000 extends Migration {
  async up(runner: QueryRunner): Promise<void> {
    const { text, boolean, instant } = columnsFor(runner);
    await runner.createTable(
      new Table({
        name: 'delegating_keys',
        columns: [
          text('key_id', { primary: true }),
          text('user_id', { nullable: true }),
          instant('expires_at', { nullable: true }),
          boolean('is_revoked'),
        ],
      }),
    );
    await index(runner, 'delegating_keys', ['user_id']);
  }
}
