/**
 * A quantile of a histogram, as Prometheus' histogram_quantile() computes it: linear within the bucket, the bound below it where it falls into the
 * last one.
 *
 * @param buckets upper bound → how many were at most that; in any order
 * @returns NaN for an empty histogram
 */
export function quantileOf(quantile: number, buckets: ReadonlyMap<number, number>): number {
  const sorted = [...buckets].sort(([one], [other]) => one - other);
  const total = sorted.at(-1)?.[1] ?? 0;
  if (total === 0 || sorted.at(-1)![0] !== Number.POSITIVE_INFINITY) return Number.NaN;
  const rank = quantile * total;
  let below = 0;
  let lower = 0;
  for (const [bound, count] of sorted) {
    if (count >= rank) {
      if (bound === Number.POSITIVE_INFINITY) return lower;
      return count === below ? bound : lower + ((bound - lower) * (rank - below)) / (count - below);
    }
    below = count;
    lower = bound;
  }
  return lower;
}
