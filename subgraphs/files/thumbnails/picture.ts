import sharp, { type Sharp } from 'sharp';
import type { ThumbnailFormat, ThumbnailOptions } from './thumbnail-options';

/** Pixels of the largest picture that is decoded: a bomb is refused by its header. */
const mostPixels = 50_000_000;
const longestSeconds = 20;

const loaders = ['Jpeg', 'Png', 'Webp', 'Nsgif', 'Heif', 'Tiff'].map(name => `VipsForeignLoad${name}`);

/** Lets libvips read only the formats that are needed: each other one is code that hostile input can reach. */
export function restrictLoaders(): void {
  sharp.block({ operation: ['VipsForeignLoad'] });
  sharp.unblock({ operation: loaders });
  // The queue of thumbnails decides how many run at the same time.
  sharp.concurrency(1);
  sharp.cache(false);
}

/**
 * Makes a smaller picture: upright (EXIF), in sRGB, without metadata, of the first frame of an animation.
 *
 * @throws Error for input that is damaged, too large, or not a picture
 */
export function resized(input: Buffer, options: ThumbnailOptions): Promise<Buffer> {
  const { width, height, fit, format } = options;
  const picture = sharp(input, { limitInputPixels: mostPixels, failOn: 'error', pages: 1 })
    .autoOrient()
    .resize({
      ...(width === undefined ? {} : { width }),
      ...(height === undefined ? {} : { height }),
      fit,
      withoutEnlargement: fit === 'inside',
      background: { r: 255, g: 255, b: 255, alpha: format === 'jpeg' ? 1 : 0 },
    })
    .timeout({ seconds: longestSeconds });
  return encoded(picture, format).toBuffer();
}

function encoded(picture: Sharp, format: ThumbnailFormat): Sharp {
  switch (format) {
    case 'avif':
      return picture.avif({ quality: 55, effort: 2 });
    case 'webp':
      return picture.webp({ quality: 80 });
    case 'jpeg':
      return picture.flatten({ background: '#ffffff' }).jpeg({ quality: 80, mozjpeg: false });
    case 'png':
      return picture.png({ compressionLevel: 7 });
  }
}
