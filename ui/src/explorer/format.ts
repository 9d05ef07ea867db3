/** Values of rows as text. Pure. */
import { ExactNumber, writeJson } from "~/core/json";
import { formatValue, type UnitPair, writeNumber } from "~/core/units";

/** The unit of a measure: durations are nanoseconds. */
export const unitOf = (field: string): UnitPair | undefined =>
  field === "@duration" || field === "duration" ? [{ name: "nanosecond" }] : undefined;

/** A value of a measure with its unit; what counts has none. */
export function writeMeasure(field: string, value: number, aggregation = "avg"): string {
  const unit = aggregation === "count" || aggregation === "cardinality" ? undefined : unitOf(field);
  return unit ? formatValue(value, unit) : writeNumber(value, 4);
}

const whole = new Intl.NumberFormat("en-US");

/** `1,234` */
export const formatWhole = (count: number) => whole.format(Math.round(count));

/** Any value of a row as one line of text; empty for none. */
export function textOf(value: unknown): string {
  if (value === null || value === undefined) return "";
  if (typeof value === "object" && !(value instanceof ExactNumber)) return writeJson(value, 0);
  return String(value);
}

/** The value at a dotted path of nested objects, or under the whole path as one key. */
export function valueAt(tree: unknown, path: string): unknown {
  if (tree === null || typeof tree !== "object") return undefined;
  const fields = tree as Record<string, unknown>;
  if (path in fields) return fields[path];
  const dot = path.indexOf(".");
  for (let end = dot; end > 0; end = path.indexOf(".", end + 1)) {
    const found = valueAt(fields[path.slice(0, end)], path.slice(end + 1));
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The values of a tag's key in `key:value` tags. */
export function tagValues(tags: readonly string[], key: string): string[] {
  const start = `${key.toLowerCase()}:`;
  return tags.filter((tag) => tag.startsWith(start)).map((tag) => tag.slice(start.length));
}

const ESCAPE = new RegExp(`${String.fromCharCode(27)}\\[[0-9;?]*[A-Za-z]`, "g");

/** Without the colors that programs write for terminals. */
export const withoutColors = (text: string) => text.replace(ESCAPE, "");

/** CSV with a byte order mark-free header; cells that hold separators are quoted. */
export function toCsv(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const cell = (text: string) => (/[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  return [header, ...rows].map((row) => row.map(cell).join(",")).join("\n");
}

export function download(name: string, text: string, type = "text/csv") {
  const url = URL.createObjectURL(new Blob([text], { type }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
}
