/** Beyond this many items a Set is faster than comparing all pairs. */
const few = 12;

/** Whether all names differ. It runs for every selection set of a new operation, where they nearly always do. */
export function areDistinct<Item>(items: readonly Item[], nameOf: (item: Item) => string): boolean {
  if (items.length > few) return new Set(items.map(nameOf)).size === items.length;
  for (let at = 1; at < items.length; at++) {
    const name = nameOf(items[at] as Item);
    for (let before = 0; before < at; before++) if (nameOf(items[before] as Item) === name) return false;
  }
  return true;
}
