/** How a service is at a glance: monitors and SLOs by state, the latest version, new error issues. */

import type { ReactNode } from "react";
import { counted } from "~/core/labels";
import { formatAgo } from "~/core/time";
import { STATES } from "~/pages/monitors/api";
import { STATES as SLO_STATES } from "~/pages/slos/api";
import { useTimeRange } from "~/shell/timeRange";
import { useUrlParams } from "~/shell/url";
import { type State, Status } from "~/ui";
import { useDeployments } from "./api";
import { useServiceIssues } from "./serviceIssues";
import { useServiceMonitors, useServiceSlos } from "./serviceMonitors";
import { useScope } from "./serviceScope";
import css from "./trace.module.css";

export function ServiceStrip({ service }: { service: string }) {
  const { range } = useTimeRange();
  const scope = useScope();
  const monitors = useServiceMonitors(service).data ?? [];
  const slos = useServiceSlos(service).data?.hits ?? [];
  const versions = useDeployments(service, scope, "", "", range).data?.versions ?? [];
  const issues = useServiceIssues(service).data ?? [];
  const latest = versions[0];
  return (
    <div className={css.strip}>
      <Item title="Monitors" tab="alerts">
        <States states={monitors.map((one) => [STATES[one.status] ?? "nodata", one.status])} none="None" />
      </Item>
      <Item title="SLOs" tab="alerts">
        <States
          states={slos.map(({ status }) => [SLO_STATES[status.state].state, SLO_STATES[status.state].label])}
          none="None"
        />
      </Item>
      <Item title="Latest version" tab="deployments">
        {latest ? (
          <>
            <b>{latest.version}</b>{" "}
            <span className="muted">{formatAgo(latest.first_seen * 1000, range.to)}</span>
            {latest.new_errors.length > 0 && (
              <Status state="alert">{counted(latest.new_errors.length, "new error type")}</Status>
            )}
          </>
        ) : (
          <span className="muted">No version reported</span>
        )}
      </Item>
      <Item title="Error issues" tab="errors">
        {issues.length > 0 ? (
          <Status state="alert">{counted(issues.length, "open issue")}</Status>
        ) : (
          <Status state="ok">No open issues</Status>
        )}
      </Item>
    </div>
  );
}

function Item({ title, tab, children }: { title: string; tab: string; children: ReactNode }) {
  const [, change] = useUrlParams();
  return (
    <button type="button" onClick={() => change({ tab }, true)} aria-label={title}>
      <span className="muted">{title}</span>
      <span>{children}</span>
    </button>
  );
}

/** How many are in which state. */
function States({ states, none }: { states: readonly (readonly [State, string])[]; none: string }) {
  if (states.length === 0) return <span className="muted">{none}</span>;
  const counts = new Map<string, { state: State; count: number }>();
  for (const [state, label] of states) {
    counts.set(label, { state, count: (counts.get(label)?.count ?? 0) + 1 });
  }
  return (
    <>
      {[...counts].map(([label, { state, count }]) => (
        <Status key={label} state={state}>{`${count} ${label}`}</Status>
      ))}
    </>
  );
}
