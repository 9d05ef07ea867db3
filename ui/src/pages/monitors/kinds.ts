/** The kinds of monitors that the form makes, each with what it starts with. */

import type { MonitorOptions } from "./api";
import { readChange } from "./change";
import { readDetection } from "./detection";
import { readCondition } from "./query";

export interface Kind {
  value: string;
  label: string;
  type: string;
  query: string;
  options: MonitorOptions;
}

/** What every agent sends each quarter of a minute: a host without it is down. */
const AGENT_UP = "datadog.agent.up";

const above = (critical: number): MonitorOptions => ({ thresholds: { critical } });

export const KINDS: readonly Kind[] = [
  {
    value: "metric",
    label: "Metric",
    type: "metric alert",
    query: "avg(last_5m):avg:system.cpu.user{*} by {host} > 90",
    options: above(90),
  },
  {
    value: "change",
    label: "Change",
    type: "query alert",
    query: "pct_change(avg(last_5m),last_1h):avg:system.load.1{*} by {host} > 50",
    options: above(50),
  },
  {
    value: "anomaly",
    label: "Anomaly",
    type: "query alert",
    query: "avg(last_4h):anomalies(avg:system.load.1{*}, 'agile', 2) >= 1",
    options: { ...above(1), threshold_windows: { trigger_window: "last_15m", recovery_window: "last_15m" } },
  },
  {
    value: "outlier",
    label: "Outlier",
    type: "query alert",
    query: "avg(last_30m):outliers(avg:system.load.1{*} by {host}, 'DBSCAN', 3) > 0",
    options: above(0),
  },
  {
    value: "forecast",
    label: "Forecast",
    type: "query alert",
    query: "max(next_1w):forecast(avg:system.disk.in_use{*} by {host}, 'linear', 1) >= 0.9",
    options: above(0.9),
  },
  {
    value: "logs",
    label: "Logs",
    type: "log alert",
    query: 'logs("status:error").index("*").rollup("count").by("service").last("5m") > 10',
    options: above(10),
  },
  {
    value: "apm",
    label: "APM",
    type: "trace-analytics alert",
    query: 'trace-analytics("status:error").rollup("count").by("service").last("5m") > 10',
    options: above(10),
  },
  {
    value: "events",
    label: "Events",
    type: "event-v2 alert",
    query: 'events("status:error").rollup("count").last("5m") > 0',
    options: above(0),
  },
  {
    value: "process",
    label: "Live process",
    type: "process alert",
    query: 'processes("nginx").over("*").by("host").rollup("count").last("5m") < 1',
    options: above(1),
  },
  {
    value: "errors",
    label: "Error tracking",
    type: "error-tracking alert",
    query: 'error-tracking("*").source("all").new().rollup("count").by("issue.id").last("1d") > 0',
    options: above(0),
  },
  {
    value: "host",
    label: "Host",
    type: "service check",
    query: `"${AGENT_UP}".over("*").by("host").last(2).count_by_status()`,
    options: {
      thresholds: { critical: 1, warning: 1, ok: 1 },
      notify_no_data: true,
      no_data_timeframe: 2,
    },
  },
  {
    value: "check",
    label: "Service check",
    type: "service check",
    query: '"http.can_connect".over("*").by("host").last(2).count_by_status()',
    options: { thresholds: { critical: 1, warning: 1, ok: 1 } },
  },
  { value: "composite", label: "Composite", type: "composite", query: "", options: {} },
  {
    value: "slo",
    label: "SLO",
    type: "slo alert",
    query: 'burn_rate("").over("30d").long_window("1h").short_window("5m") > 14.4',
    options: above(14.4),
  },
];

/** Whether what the monitor evaluates is stored, so that its past can be evaluated too. */
export const hasPast = (type: string, query: string): boolean =>
  !["check", "host", "composite", "process"].includes(kindOf(type, query));

/** Kinds that evaluate a metric query, which is carried from one to another. */
const OF_METRICS = ["metric", "change", "anomaly", "outlier", "forecast"];

/** The start of a kind, about the same metric as `before` where both evaluate one. */
export function startOf(kind: Kind, before: { type: string; query: string }): Kind {
  const metric = metricOf(before.query);
  const start = metricOf(kind.query);
  const old = kindOf(before.type, before.query);
  if (!metric || !start || !OF_METRICS.includes(old) || !OF_METRICS.includes(kind.value)) return kind;
  // What nobody has changed yet gives way to what the kind is usually about.
  if (metric === metricOf(KINDS.find((one) => one.value === old)?.query ?? "")) return kind;
  return { ...kind, query: kind.query.replace(start, () => metric) };
}

/** The metric query inside of a monitor's query, without the function of its kind. */
function metricOf(text: string): string | undefined {
  const inner = readChange(text)?.query ?? readCondition(text)?.query;
  return inner && (readDetection(inner)?.query ?? inner);
}

const CALLED: Record<string, string> = { anomalies: "anomaly", outliers: "outlier", forecast: "forecast" };

/** Which kind a monitor of a type and query is; empty where the form has none for it. */
export function kindOf(type: string, query: string): string {
  if (type === "metric alert" || type === "query alert") {
    if (/^\s*(pct_)?change\(/.test(query)) return "change";
    const called = /\)\s*:\s*(\w+)\(/.exec(query)?.[1] ?? "";
    return CALLED[called] ?? "metric";
  }
  if (type === "service check" && query.trimStart().slice(1).startsWith(AGENT_UP)) return "host";
  if (type === "service check") return "check";
  return KINDS.find((kind) => kind.type === type)?.value ?? "";
}

/** The name of a kind as people read it; the type of the API where the form has none. */
export const kindLabel = (type: string, query = ""): string =>
  KINDS.find((one) => one.value === kindOf(type, query))?.label ?? type;
