import { type FieldError, invalid } from '../../../platform/errors';

export const fits = ['cover', 'contain', 'fill', 'inside', 'outside'] as const;
export const formats = ['avif', 'webp', 'jpeg', 'png'] as const;
export type ThumbnailFit = (typeof fits)[number];
export type ThumbnailFormat = (typeof formats)[number];

/** Widths and heights, in pixels. A list bounds how many thumbnails of a file can be asked for. */
const sizes: readonly number[] = [
  16, 24, 32, 40, 48, 50, 64, 72, 80, 96, 100, 120, 128, 144, 150, 160, 180, 192, 200, 240, 250, 256, 300,
  320, 360, 384, 400, 480, 500, 512, 600, 640, 720, 768, 800, 900, 960, 1000, 1024, 1080, 1200, 1280, 1440,
  1600, 1920, 2048,
];
const defaultWidth = 256;

/** One picture that can be made of a file. */
export interface ThumbnailOptions {
  /** Pixels; at least one of both. */
  readonly width: number | undefined;
  readonly height: number | undefined;
  readonly fit: ThumbnailFit;
  readonly format: ThumbnailFormat;
}

export interface ThumbnailInput {
  width?: number | null | undefined;
  height?: number | null | undefined;
  fit?: string | null | undefined;
  format?: string | null | undefined;
}

/** Types of which thumbnails are made. SVG is not one of them: it is a program. */
export function isPicture(contentType: string): boolean {
  return /^image\/(jpeg|png|webp|gif|avif|tiff|apng)$/.test(contentType);
}

/**
 * @param preferred the format of a request that names none
 * @throws AppError 422 with each wrong field
 */
export function thumbnailOptions(input: ThumbnailInput, preferred: ThumbnailFormat): ThumbnailOptions {
  const mistakes: FieldError[] = [];
  const size = (field: 'width' | 'height'): number | undefined => {
    const value = input[field] ?? undefined;
    if (value !== undefined && !sizes.includes(value)) {
      mistakes.push({ field, message: `must be one of ${sizes.join(', ')}` });
    }
    return value;
  };
  const oneOf = <T extends string>(field: 'fit' | 'format', values: readonly T[], fallback: T): T => {
    const value = values.find(each => each === (input[field] ?? fallback).toLowerCase());
    if (value === undefined) mistakes.push({ field, message: `must be one of ${values.join(', ')}` });
    return value ?? fallback;
  };
  const [width, height] = [size('width'), size('height')];
  const options: ThumbnailOptions = {
    width: width ?? (height === undefined ? defaultWidth : undefined),
    height,
    fit: oneOf('fit', fits, 'cover'),
    format: oneOf('format', formats, preferred),
  };
  if (mistakes.length > 0) throw invalid(mistakes);
  return options;
}

/** The name of the picture in the table. */
export function variantOf({ width, height, fit, format }: ThumbnailOptions): string {
  return `${width ?? ''}x${height ?? ''}-${fit}.${format}`;
}

/**
 * The format for an `Accept` header: the smallest that it names. A wildcard names none, because clients that cannot show AVIF send it too.
 *
 * @param source the type of the file, which decides between the two formats that every client shows
 */
export function preferredFormat(accept: string | undefined, source: string): ThumbnailFormat {
  const accepted = (accept ?? '').toLowerCase().split(',');
  const names = (mime: string): boolean =>
    accepted.some(part => {
      const [type = '', ...parameters] = part.split(';').map(text => text.trim());
      return type === mime && !parameters.some(text => /^q=0(\.0*)?$/.test(text));
    });
  if (names('image/avif')) return 'avif';
  if (names('image/webp')) return 'webp';
  return source === 'image/jpeg' ? 'jpeg' : 'png';
}
