/**
 * The first of these language tags that suits the wanted one: `zh-Hant-TW`, then `zh-Hant`, then `zh` (RFC 4647 §3.4).
 * Undefined when none does.
 */
export function suitableLocale<Tag extends string>(
  tags: readonly Tag[],
  wanted: string | null | undefined,
): Tag | undefined {
  const parts = (wanted ?? '').toLowerCase().split('-');
  for (; parts.length > 0; parts.pop()) {
    const found = tags.find(tag => tag.toLowerCase() === parts.join('-'));
    if (found !== undefined) return found;
  }
  return undefined;
}
