/** PostgreSQL stores no NUL, and neither database a lone surrogate. */
export function storable(text: string): string {
  const known = text.includes('\0') ? text.replaceAll('\0', '\uFFFD') : text;
  return known.replace(/\p{Surrogate}/gu, '\uFFFD');
}
