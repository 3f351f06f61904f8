import type { z } from 'zod';
import { type FieldError, invalid } from '../../platform/errors';

/** Control characters, halves of surrogate pairs, line separators and marks that turn the direction of text around. */
export const unprintable = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/u;

/** @throws AppError 422 with every invalid field */
export function parsed<T extends z.ZodType>(schema: T, input: unknown): z.output<T> {
  const result = schema.safeParse(input);
  if (result.success) return result.data;
  throw invalid(mistakesOf(result.error));
}

/** The first mistake of each field, at most 50. */
export function mistakesOf(error: z.ZodError): FieldError[] {
  const first = new Map<string, FieldError>();
  for (const { path, message } of error.issues) {
    const field = path.join('.');
    if (!first.has(field)) first.set(field, { field, message });
  }
  return [...first.values()].slice(0, 50);
}
