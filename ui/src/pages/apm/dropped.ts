/** Who left out spans of which service: from the metrics of agents and of the server. */

import { useMetrics } from "~/api/metrics";
import { type Drop, type Dropped, sums } from "~/core/droppedSpans";
import type { TimeRange } from "~/core/time";

/** In the words of people: what an agent's reason is called. */
const REASONS: Readonly<Record<string, string>> = {
  auto_rejected: "agent, over its rate",
  user_rejected: "tracer's rule or code",
  no_priority: "agent, no priority",
  ignored_resource: "agent, ignore_resources",
  tag_missing: "agent, filter_tags",
  tag_rejected: "agent, filter_tags",
};

const QUERIES = [
  { metric: "datadog.trace_agent.sampler.spans_dropped", by: ["service", "reason"] },
  {
    metric: "datadog.trace_agent.receiver.client_dropped_p0_spans",
    by: ["service"],
    name: "tracer, at its rate",
  },
  { metric: "heeler.intake.spans_not_retained", by: ["service"], name: "retention filters" },
] as const;

export function useDropped(env: string, range: TimeRange): Dropped {
  const scope = env ? `env:${env}` : "*";
  const text = ({ metric, by }: (typeof QUERIES)[number]) =>
    // The server's own metrics have no environment.
    `sum:${metric}{${metric.startsWith("heeler.") ? "*" : scope}} by {${by.join(",")}}.as_count()`;
  const agents = useMetrics({ queries: [{ name: "q", query: text(QUERIES[0]) }] }, range);
  const tracers = useMetrics({ queries: [{ name: "q", query: text(QUERIES[1]) }] }, range);
  const filters = useMetrics({ queries: [{ name: "q", query: text(QUERIES[2]) }] }, range);
  const found = new Map<string, Drop[]>();
  for (const [at, answer] of [agents.data, tracers.data, filters.data].entries()) {
    for (const [service, by, count] of sums(answer)) {
      const name =
        at === 0
          ? (REASONS[by] ?? `agent, ${by.replaceAll("_", " ")}`)
          : (QUERIES[at] as { name: string }).name;
      if (count > 0) found.set(service, [...(found.get(service) ?? []), { by: name, count }]);
    }
  }
  return found;
}
