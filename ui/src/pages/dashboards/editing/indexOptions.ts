/** The choices of a log query's index. Pure. */

export interface IndexChoice {
  value: string;
  label: string;
}

/** `given` is the `indexes` of a query; one that is not here stays a choice. */
export function indexOptions(
  given: unknown,
  indexes: readonly string[],
  views: readonly string[],
): { current: string; options: IndexChoice[] } {
  const names = (Array.isArray(given) ? given : []).filter((one): one is string => typeof one === "string");
  const current = names.length === 0 || names.includes("*") ? "*" : names.join(",");
  const options = [
    { value: "*", label: "All indexes" },
    ...indexes.map((value) => ({ value, label: value })),
    ...views.map((value) => ({ value, label: `${value} (historical view)` })),
  ];
  if (!options.some((one) => one.value === current)) options.push({ value: current, label: current });
  return { current, options };
}
