import { Entity } from 'typeorm';
import { IdColumn, InstantColumn, TextColumn } from '../../platform/database/columns';
import type { RowClass } from '../../platform/database/data-source';

@Entity('samples')
export class SampleRow {
  @IdColumn()
  id: string;

  /** The owner. */
  @TextColumn()
  userId: string;

  @TextColumn()
  name: string;

  @InstantColumn()
  createdAt: number;
}

/** Every table of the samples service. */
export const entities: RowClass[] = [SampleRow];
