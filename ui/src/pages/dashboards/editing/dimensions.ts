/** The columns of a point plot's dimensions, each edited in a field of its own. Pure. */
import type { Dimension } from "~/widgets/pointPlot";

const listOf = (value: unknown): Dimension[] => (Array.isArray(value) ? (value as Dimension[]) : []);

export function dimensionColumn(value: unknown, name: Dimension["dimension"]): string {
  return listOf(value).find((one) => one.dimension === name)?.column ?? "";
}

/** The list with this dimension's column; without the dimension where the column is empty. */
export function withDimension(value: unknown, name: Dimension["dimension"], column: string): Dimension[] {
  const all = listOf(value);
  if (column === "") return all.filter((one) => one.dimension !== name);
  return all.some((one) => one.dimension === name)
    ? all.map((one) => (one.dimension === name ? { ...one, column } : one))
    : [...all, { column, dimension: name }];
}
