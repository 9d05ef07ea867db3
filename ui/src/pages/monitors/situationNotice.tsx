/** At the head of the page of a monitor that is not OK: what, since when, who was told, what to do. */

import { formatAgo, formatMoment } from "~/core/time";
import { Notice } from "~/ui";
import type { Monitor } from "./api";
import { channelLabel, DELIVERY_STATES, type Delivery } from "./deliveries";
import { situationOf } from "./situation";

/** Groups and recipients that are named. */
const MOST = 5;

export function SituationNotice({ monitor, deliveries }: { monitor: Monitor; deliveries?: Delivery[] }) {
  const found = situationOf(monitor, deliveries);
  if (!found) return null;
  const told = found.told.map((one) => {
    const state = DELIVERY_STATES[one.state].label.toLowerCase();
    return `${channelLabel(one.channel)} ${one.name} (${state} ${formatMoment(one.time * 1000)})`;
  });
  const runbooks = monitor.assets ?? [];
  return (
    <Notice state={found.status === "Alert" ? "alert" : "warn"}>
      <div>
        <div>
          <strong>{found.status}</strong>
          {found.since !== undefined &&
            ` since ${formatMoment(found.since)} (${formatAgo(found.since, Date.now())})`}
          {found.groups.length > 0 && `: ${listed(found.groups.map((group) => group.name))}`}
        </div>
        {deliveries && <div>{told.length ? `Notified: ${listed(told)}` : "Nobody was notified of it"}</div>}
        {runbooks.map((asset) => (
          <div key={asset.url}>
            Runbook:{" "}
            <a href={asset.url} rel="noreferrer">
              {asset.name}
            </a>
          </div>
        ))}
      </div>
    </Notice>
  );
}

function listed(names: string[]): string {
  const more = names.length - MOST;
  return names.slice(0, MOST).join(", ") + (more > 0 ? ` and ${more} more` : "");
}
