/** What somebody who is woken by a monitor wants to know first. Pure. */

import type { Monitor, MonitorOptions } from "./api";
import type { Delivery } from "./deliveries";

/** Worst first. */
const BAD = ["Alert", "Warn", "No Data"];
/** Seconds by which a notification may be older than the change of the monitor's state. */
const SLACK = 60;

export interface Recipient {
  channel: string;
  name: string;
  state: Delivery["state"];
  /** UNIX seconds of the last notification. */
  time: number;
}

export interface Situation {
  status: string;
  /** Milliseconds since 1970; undefined where it is not known. */
  since: number | undefined;
  /** Groups that are not OK, the worst first; empty for a simple alert. */
  groups: { name: string; status: string }[];
  /** Who was notified since then. */
  told: Recipient[];
}

/** The situation of a monitor that is not OK; undefined of others. */
export function situationOf(monitor: Monitor, deliveries: Delivery[] = []): Situation | undefined {
  const status = monitor.overall_state ?? "";
  if (!BAD.includes(status)) return undefined;
  const groups = Object.values(monitor.state?.groups ?? {})
    .filter((group) => group.name !== "*" && BAD.includes(group.status))
    .sort((one, other) => BAD.indexOf(one.status) - BAD.indexOf(other.status))
    .map(({ name, status }) => ({ name, status }));
  const changed = monitor.overall_state_modified;
  const since = changed ? Date.parse(changed) : undefined;
  const told = new Map<string, Recipient>();
  for (const one of deliveries) {
    const key = `${one.channel} ${one.recipient}`;
    if (since === undefined || one.created < since / 1000 - SLACK) continue;
    if ((told.get(key)?.time ?? 0) > one.created) continue;
    told.set(key, { channel: one.channel, name: one.recipient, state: one.state, time: one.created });
  }
  return { status, since, groups, told: [...told.values()] };
}

const MISSING: Record<string, string> = {
  show_no_data: "show No Data",
  show_and_notify_no_data: "show No Data and notify",
  resolve: "resolve",
};

/** What becomes of a group without data. */
export function noDataText(options: MonitorOptions): string {
  const missing = MISSING[String(options.on_missing_data ?? "")];
  if (missing) return missing;
  if (!options.notify_no_data) return "keep the last state";
  const minutes = options.no_data_timeframe;
  return minutes ? `notify after ${minutes} minutes` : "notify after twice the window";
}
