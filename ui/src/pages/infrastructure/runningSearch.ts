/** Searches and orders of processes and containers, as they stand in addresses. */

export interface Order {
  key: string;
  descending: boolean;
}

/** The order in an address, such as `cpu,DESC`. */
export function readOrder(text: string): Order {
  const [key = "", direction = ""] = text.split(",");
  return { key: key || "cpu", descending: direction.toUpperCase() !== "ASC" };
}

export function writeOrder({ key, descending }: Order): string {
  return `${key},${descending ? "DESC" : "ASC"}`;
}

/** A search with one more condition, unless it has it already. */
export function withCondition(search: string, condition: string): string {
  const words = search.split(/\s+/).filter(Boolean);
  return words.includes(condition) ? search : [...words, condition].join(" ");
}

/** `key:value`, in quotes where the value has blanks. */
export function condition(key: string, value: string): string {
  return `${key}:${/[\s()"]/.test(value) ? JSON.stringify(value) : value}`;
}
