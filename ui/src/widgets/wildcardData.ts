/** What a wildcard's specification gets as data: the results of its requests as flat rows. Pure. */
import type { Series } from "~/core/response";
import type { Table } from "./tables";

export type Datum = Record<string, string | number | null>;

/** Rows of a scalar result: a field for each group key and each formula, also by the formula's position. */
export function tableData(table: Table, names: readonly string[]): Datum[] {
  return table.rows.map((row) => {
    const datum: Datum = {};
    table.groups.forEach((key, i) => {
      datum[key] = row.tags[i] ?? "";
    });
    table.columns.forEach((column, i) => {
      const value = row.values[i] ?? null;
      datum[column.name] = value;
      if (names[i]) datum[names[i]] = value;
      datum[`formula${i + 1}`] = value;
    });
    return datum;
  });
}

const MAX_ROWS = 20_000;

/** Points of a timeseries result: `timestamp` in milliseconds, the group keys, and a field for each formula. */
export function seriesData(series: readonly Series[], names: readonly string[]): Datum[] {
  const rows: Datum[] = [];
  for (const one of series) {
    const tags = Object.fromEntries(
      one.tags.map((tag) => [tag.slice(0, tag.indexOf(":")), tag.slice(tag.indexOf(":") + 1)]),
    );
    const name = names[one.formula ?? 0] ?? "value";
    for (const [i, time] of one.times.entries()) {
      if (rows.length >= MAX_ROWS) return rows;
      const value = one.values[i] ?? null;
      rows.push({
        ...tags,
        timestamp: time,
        series: one.name,
        value,
        [name]: value,
        [`formula${(one.formula ?? 0) + 1}`]: value,
      });
    }
  }
  return rows;
}

type Spec = Record<string, unknown>;

/**
 * The specification with the data of the requests as `table1`, `table2` and so on, and nothing that would load from
 * an address: what it names under `url` is dropped.
 */
export function withData(contents: Spec, tables: readonly Datum[][]): Spec {
  const named = new Map(tables.map((values, i) => [`table${i + 1}`, values]));
  const first = tables[0] ?? [];
  const fill = (value: unknown, key: string): unknown => {
    if (Array.isArray(value)) {
      return key === "data" ? value.map(filledSource) : value.map((item) => fill(item, ""));
    }
    if (value === null || typeof value !== "object") return value;
    const entries = Object.entries(value as Spec).filter(([name]) => name !== "url" && name !== "href");
    const copy = Object.fromEntries(entries.map(([name, item]) => [name, fill(item, name)]));
    return key === "data" ? filledData(copy) : copy;
  };
  const filledData = (data: Spec): Spec => {
    if ("values" in data || "sequence" in data || "graticule" in data || "source" in data) return data;
    return { ...data, values: named.get(String(data.name)) ?? first };
  };
  const filledSource = (item: unknown): unknown => filledData(fill(item, "") as Spec);
  const filled = fill(contents, "") as Spec;
  return "data" in filled ? filled : { ...filled, data: { name: "table1", values: first } };
}
