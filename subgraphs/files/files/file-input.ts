import { z } from 'zod';
import { type FieldError, invalid } from '../../../platform/errors';

/** Control characters, halves of surrogate pairs, line separators and marks that turn the direction of text around. */
const unprintable = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/u;
const longestName = 255;

const name = z
  .string()
  .transform(text => text.normalize('NFC').trim())
  .refine(text => text !== '' && Buffer.byteLength(text) <= longestName, 'must have 1 to 255 bytes')
  .refine(
    text => !unprintable.test(text) && !/[/\\]/.test(text),
    'must not have control characters or slashes',
  );

const tag = z
  .string()
  .transform(text => text.normalize('NFC').trim())
  .refine(
    text => text !== '' && text.length <= 64 && !unprintable.test(text),
    'must have 1 to 64 characters',
  );

const tags = z
  .array(tag)
  .transform(list => [...new Set(list)])
  .refine(list => list.length <= 32, 'must have at most 32 tags');

const patch = z.object({
  filename: name.nullish(),
  tags: tags.nullish(),
  isPublic: z.boolean().nullish(),
});

export type FilePatch = z.output<typeof patch>;

/** @throws AppError 422 with every invalid field */
export function validPatch(input: unknown): FilePatch {
  const result = patch.safeParse(input);
  if (result.success) return result.data;
  const first = new Map<string, FieldError>();
  for (const { path, message } of result.error.issues) {
    const field = path.join('.');
    if (!first.has(field)) first.set(field, { field, message });
  }
  throw invalid([...first.values()].slice(0, 50));
}

/** A valid file name from one that a client sent: the last segment of a path, without characters that a name cannot have. */
export function safeFilename(original: string): string {
  const last = original.normalize('NFC').split(/[/\\]/).at(-1) ?? '';
  let text = [...last]
    .filter(character => !unprintable.test(character))
    .join('')
    .trim();
  while (Buffer.byteLength(text) > longestName) {
    const dot = text.lastIndexOf('.');
    const extension = dot > 0 && text.length - dot <= 16 ? text.slice(dot) : '';
    const stem = [...text.slice(0, text.length - extension.length)];
    text = stem.slice(0, -1).join('') + extension;
    if (stem.length <= 1) break;
  }
  return text === '' || text === '.' || text === '..' ? 'file' : text;
}
