/** The monitor of a service's latency that its page begins. */

/** Twice the p95 of now, seconds, with two digits; empty where there is none. */
export function latencyThreshold(seconds: number | undefined): string {
  if (!seconds || seconds < 0) return "";
  return String(Number((2 * seconds).toPrecision(2)));
}

/** The address of the form for the p95 latency of what a scope such as `service:web,env:prod` chooses. */
export function latencyMonitor(
  service: string,
  operation: string,
  scope: string,
  p95: number | undefined,
): string {
  const query = `percentile(last_5m):p95:trace.${operation}{${scope}} > ${latencyThreshold(p95)}`;
  const name = `p95 latency of ${service} is high`;
  return `/monitors/create?${new URLSearchParams({ type: "query alert", query, name })}`;
}
