/** The steps of a funnel and how many remain at each. Pure. */

export interface Step {
  facet: string;
  value: string;
}

export interface FunnelRequest {
  source: string;
  search: string;
  steps: Step[];
  /** By which each step is divided, and into how many parts at most. */
  group?: { facet: string; limit: number };
}

interface Node {
  query?: string;
  search?: { query?: string };
}

export interface Bar {
  label: string;
  count: number;
  /** Shares of the first step and of the one before, 0 to 1; null where there is none. */
  ofFirst: number | null;
  ofPrevious: number | null;
}

/** How many of a step are in each group. */
export type Parts = ReadonlyMap<string, number>;

/** The first request of either kind of funnel; steps of the newer kind are searches by a name each. */
export function funnelRequest(requests: unknown): FunnelRequest {
  const query = ((requests as { query?: Record<string, unknown> }[] | undefined)?.[0]?.query ?? {}) as {
    data_source?: string;
    query_string?: string;
    steps?: Step[];
    group_by?: { facet?: string; limit?: number }[];
    search?: { node_objects?: Record<string, Node>; step_aliases?: Record<string, string> };
  };
  const { node_objects: nodes = {}, step_aliases: names = {} } = query.search ?? {};
  const steps =
    query.steps ??
    Object.entries(nodes).map(([name, node]) => ({
      facet: "",
      value: names[name] ?? String(node.search?.query ?? node.query ?? ""),
    }));
  const { facet, limit } = query.group_by?.[0] ?? {};
  return {
    source: query.data_source ?? "rum",
    search: query.query_string ?? "",
    steps,
    ...(facet && { group: { facet, limit: Math.max(1, Math.min(limit ?? DEFAULT_PARTS, MOST_PARTS)) } }),
  };
}

const DEFAULT_PARTS = 5;
const MOST_PARTS = 12;

/** The groups of all steps, those of the first step with the most first. */
export function partNames(steps: readonly Parts[]): string[] {
  const names = [...new Set(steps.flatMap((parts) => [...parts.keys()]))];
  const size = (name: string) => steps.map((parts) => parts.get(name) ?? 0);
  return names.sort((a, b) => {
    const [left, right] = [size(a), size(b)];
    const at = left.findIndex((count, i) => count !== right[i]);
    return at < 0 ? a.localeCompare(b) : right[at]! - left[at]!;
  });
}

/** The search of one step: what the funnel is limited to, and the step's facet. */
export function stepSearch(search: string, { facet, value }: Step): string {
  const own = facet ? `${facet}:${/[\s:"()]/.test(value) ? JSON.stringify(value) : value}` : value;
  return [search, own].filter((part) => part && part !== "*").join(" ");
}

export function barsOf(steps: readonly Step[], counts: readonly number[]): Bar[] {
  const share = (part: number, whole: number | undefined) => (whole ? part / whole : null);
  return steps.map(({ facet, value }, i) => ({
    label: value || facet,
    count: counts[i] ?? 0,
    ofFirst: share(counts[i] ?? 0, counts[0]),
    ofPrevious: i === 0 ? null : share(counts[i] ?? 0, counts[i - 1]),
  }));
}
