/** The steps of a funnel and how many remain at each. Pure. */

export interface Step {
  facet: string;
  value: string;
}

export interface FunnelRequest {
  source: string;
  search: string;
  steps: Step[];
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

/** The first request of either kind of funnel; steps of the newer kind are searches by a name each. */
export function funnelRequest(requests: unknown): FunnelRequest {
  const query = ((requests as { query?: Record<string, unknown> }[] | undefined)?.[0]?.query ?? {}) as {
    data_source?: string;
    query_string?: string;
    steps?: Step[];
    search?: { node_objects?: Record<string, Node>; step_aliases?: Record<string, string> };
  };
  const { node_objects: nodes = {}, step_aliases: names = {} } = query.search ?? {};
  const steps =
    query.steps ??
    Object.entries(nodes).map(([name, node]) => ({
      facet: "",
      value: names[name] ?? String(node.search?.query ?? node.query ?? ""),
    }));
  return { source: query.data_source ?? "rum", search: query.query_string ?? "", steps };
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
