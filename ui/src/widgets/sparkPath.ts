/** The path of a sparkline in a box, zero in view; empty without values. Pure. */
export function sparkPath(values: readonly (number | null)[], width: number, height: number): string {
  const there = values.filter((value): value is number => value !== null && Number.isFinite(value));
  if (there.length === 0) return "";
  const low = Math.min(0, ...there);
  const high = Math.max(0, ...there);
  const span = high - low || 1;
  const step = width / Math.max(1, values.length - 1);
  let pen = "M";
  return values
    .map((value, i) => {
      if (value === null || !Number.isFinite(value)) {
        pen = "M";
        return "";
      }
      const point = `${pen}${(i * step).toFixed(1)} ${(height - 1 - ((value - low) / span) * (height - 2)).toFixed(1)}`;
      pen = "L";
      return point;
    })
    .join("");
}
