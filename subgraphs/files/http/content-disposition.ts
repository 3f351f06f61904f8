/** A `Content-Disposition` header with any Unicode file name (RFC 6266 §4, RFC 8187 §3.2). */
export function contentDisposition(type: 'inline' | 'attachment', filename: string): string {
  const ascii = filename
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .replace(/[^\x20-\x7e]|["\\%]/gu, '_');
  const encoded = encodeURIComponent(filename).replace(
    /['()*]/g,
    character => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  const extended = ascii === filename ? '' : `; filename*=UTF-8''${encoded}`;
  return `${type}; filename="${ascii}"${extended}`;
}
