import type { FileRow } from '../tables';
import type { File } from './types';

export function fileOf(row: FileRow): File {
  return { ...row, createdAt: new Date(row.createdAt), updatedAt: new Date(row.updatedAt) };
}
