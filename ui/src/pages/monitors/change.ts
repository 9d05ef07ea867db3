/** The query of a change monitor, taken apart for its form and put together again. */

export interface ChangeCondition {
  /** `change` or `pct_change`. */
  kind: string;
  aggregator: string;
  /** `last_5m`, ... */
  window: string;
  /** What the value is compared with: `last_1h` is the value of an hour before. */
  shift: string;
  query: string;
  comparator: string;
  /** Empty while no threshold is given. */
  critical: string;
}

const SHAPE =
  /^\s*(change|pct_change)\(\s*(\w+)\(\s*(\w+)\s*\)\s*,\s*(\w+?)(?:_ago)?\s*\)\s*:\s*([\s\S]+?)\s*(>=|<=|==|!=|>|<)\s*(-?[\d.]+(?:e[-+]?\d+)?)?\s*$/i;

/** The parts of `pct_change(avg(last_5m),last_1h):avg:metric{*} > 50`; null for other kinds of query. */
export function readChange(text: string): ChangeCondition | null {
  const found = SHAPE.exec(text);
  if (!found) return null;
  const [, kind, aggregator, window, shift, query, comparator, critical] = found as unknown as string[];
  return {
    kind: kind!,
    aggregator: aggregator!,
    window: window!,
    shift: shift!.startsWith("last_") ? shift! : `last_${shift}`,
    query: query!,
    comparator: comparator!,
    critical: critical ?? "",
  };
}

export function writeChange(condition: ChangeCondition): string {
  const { kind, aggregator, window, shift, query, comparator, critical } = condition;
  return `${kind}(${aggregator}(${window}),${shift}):${query.trim()} ${comparator} ${critical}`;
}
