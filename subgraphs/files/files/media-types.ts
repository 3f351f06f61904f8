import { isUtf8 } from 'node:buffer';

/** The bytes at the start of a file that decide its type. */
export const sniffedBytes = 4100;

const mediaType = /^[a-z0-9][a-z0-9!#$&^_.+-]{0,126}\/[a-z0-9][a-z0-9!#$&^_.+-]{0,126}$/;
/** Content of these types has a signature that `file-type` knows: without it the name of the type is wrong. */
const withSignature = /^(image\/(?!svg\+xml$)|audio\/|video\/|font\/|application\/(pdf|zip|gzip|x-))/;

interface FileType {
  fileTypeFromBuffer(head: Uint8Array): Promise<{ readonly mime: string } | undefined>;
}

let fileType: Promise<FileType> | undefined;

/** The media type that a client named, without parameters; null for none and for text that is none. */
export function declaredMediaType(text: string | undefined): string | null {
  const type = text?.split(';', 1)[0]?.trim().toLowerCase() ?? '';
  return mediaType.test(type) ? type : null;
}

/**
 * The type of a content. The signature in the bytes decides; the declared type counts only for text, which has no signature.
 *
 * @param head the first bytes of the content
 */
export async function mediaTypeOf(head: Buffer, declared: string | null): Promise<string> {
  // An ES module, which CommonJS loads with `import()` on every supported Node.
  fileType ??= import('file-type/core');
  const { fileTypeFromBuffer } = await fileType;
  const found = await fileTypeFromBuffer(head).catch(() => undefined);
  if (found?.mime === 'application/xml' && declared === 'image/svg+xml') return declared;
  if (found !== undefined) return found.mime;
  if (!isText(head)) return 'application/octet-stream';
  return declared !== null && !withSignature.test(declared) ? declared : 'text/plain';
}

/** UTF-8 without NUL. The end may be in the middle of a character. */
function isText(head: Buffer): boolean {
  if (head.includes(0)) return false;
  for (let cut = 0; cut < 4; cut++) if (isUtf8(head.subarray(0, head.length - cut))) return true;
  return false;
}

/** Whether a browser may show it on our origin: pictures, sound and film, which cannot run a script. */
export function isSafeInline(contentType: string): boolean {
  return /^(image\/(png|jpeg|gif|webp|avif)|audio\/[\w.+-]+|video\/[\w.+-]+)$/.test(contentType);
}

/** @param allowed types and ranges such as `image/*`; everything when undefined */
export function isAllowedType(contentType: string, allowed: readonly string[] | undefined): boolean {
  return (
    allowed === undefined ||
    allowed.some(each =>
      each.endsWith('/*') ? contentType.startsWith(each.slice(0, -1)) : each.toLowerCase() === contentType,
    )
  );
}
