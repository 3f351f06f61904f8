/**
 * A permission is `resource:action`, such as `users:read`. A granted one may end in a wildcard: `files:*` grants every
 * action on files, `*` grants everything. A requested permission has no wildcard.
 */
const permissionPattern = /^(\*|[a-z][a-z0-9-]{0,39}(:[a-z][a-z0-9-]{0,39})*(:\*)?)$/;

export function isPermission(text: string): boolean {
  return text.length <= 100 && permissionPattern.test(text);
}

/** The first of the granted permissions that grants `wanted`; undefined when none does. */
export function decisiveGrant(granted: Iterable<string>, wanted: string): string | undefined {
  for (const grant of granted) if (grants(grant, wanted)) return grant;
  return undefined;
}

export function grants(grant: string, wanted: string): boolean {
  if (grant === '*' || grant === wanted) return true;
  return grant.endsWith(':*') && wanted.startsWith(grant.slice(0, -1));
}

/**
 * Whether a holder of `granted` may grant `wanted`, which may end in a wildcard: every permission of it must be granted.
 * `files:*` needs `files:*` or more; all known actions on files are less, because new ones may be added.
 */
export function covers(granted: Iterable<string>, wanted: string): boolean {
  if (!wanted.endsWith('*')) return decisiveGrant(granted, wanted) !== undefined;
  for (const grant of granted) {
    if (grant === '*' || grant === wanted) return true;
    if (wanted !== '*' && grant.endsWith(':*') && wanted.startsWith(grant.slice(0, -1))) return true;
  }
  return false;
}

/**
 * The permissions that both lists grant, as few grants as possible: `users:*` and `users:read` have `users:read` in common.
 * Whatever acts in the name of a user, such as an API key, has its own scopes and the user's permissions in common.
 */
export function inCommon(left: readonly string[], right: readonly string[]): string[] {
  const common = [
    ...left.filter(grant => covers(right, grant)),
    ...right.filter(grant => covers(left, grant)),
  ];
  return [...new Set(common)].sort();
}
