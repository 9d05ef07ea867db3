/** Data of graphs as comma-separated values (RFC 4180). */
import type { Series } from "~/core/response";
import type { Table } from "./tables";

type Cell = string | number | null | undefined;

export function toCsv(rows: readonly (readonly Cell[])[]): string {
  return rows.map((row) => `${row.map(cell).join(",")}\r\n`).join("");
}

function cell(value: Cell): string {
  const text = value === null || value === undefined ? "" : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** A row a moment, in UTC; a column a series. */
export function seriesCsv(series: readonly Series[]): string {
  const times = [...new Set(series.flatMap((one) => one.times))].sort((a, b) => a - b);
  const values = series.map((one) => new Map(one.times.map((time, i) => [time, one.values[i]])));
  const rows = times.map((time) => [new Date(time).toISOString(), ...values.map((known) => known.get(time))]);
  return toCsv([["time", ...series.map((one) => one.name)], ...rows]);
}

/** A row a group; a column a tag key and a formula. */
export function tableCsv({ columns, groups, rows }: Table): string {
  const head = [...groups, ...columns.map((column) => column.name)];
  return toCsv([head, ...rows.map((row) => [...row.tags, ...row.values])]);
}

/** Offers a text or a picture as a file of this name. */
export function download(name: string, content: string | Blob) {
  const link = document.createElement("a");
  const blob =
    typeof content === "string" ? new Blob([content], { type: "text/csv;charset=utf-8" }) : content;
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
}
