import { Entity, PrimaryColumn, PrimaryGeneratedColumn } from 'typeorm';
import { TextColumn } from '../../../platform/database/columns';

/** What a user is found by (words.ts). Written anew, as a whole, whenever that changes. */
@Entity('search_entries')
export class SearchEntryRow {
  /** What SQLite's index knows the entry by. */
  @PrimaryGeneratedColumn({ type: 'bigint' })
  id: string;

  @TextColumn()
  userId: string;

  /** The username, then every word, parted by spaces. */
  @TextColumn()
  words: string;

  /** The words' marks (marks.ts), parted by spaces; a tsvector on PostgreSQL. Indexed as `search_marks` on SQLite. */
  @TextColumn()
  marks: string;
}

/** The same words, each in a row: those that begin with a text are read from an index in their order. */
@Entity('search_words')
export class SearchWordRow {
  @PrimaryColumn('text')
  userId: string;

  @PrimaryColumn('text')
  word: string;
}
