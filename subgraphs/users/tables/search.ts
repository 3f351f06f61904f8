import { Entity, PrimaryColumn, PrimaryGeneratedColumn } from 'typeorm';
import { TextColumn } from '../../../platform/database/columns';

/** The searchable words of a user (tokenizer.ts). Every change replaces the row. */
@Entity('search_entries')
export class SearchEntryRow {
  /** The row id of SQLite's full-text index. */
  @PrimaryGeneratedColumn({ type: 'bigint' })
  id: string;

  @TextColumn()
  userId: string;

  /** The username, then every word, separated by spaces. */
  @TextColumn()
  words: string;

  /** The index terms (index-terms.ts), separated by spaces; a tsvector on PostgreSQL, indexed as `search_marks` on SQLite. */
  @TextColumn()
  marks: string;
}

/** One row for each word: words with a prefix are read from an index in their order. */
@Entity('search_words')
export class SearchWordRow {
  @PrimaryColumn('text')
  userId: string;

  @PrimaryColumn('text')
  word: string;
}
