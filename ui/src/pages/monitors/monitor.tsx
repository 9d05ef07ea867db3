/** One monitor: its state by group, its graph with thresholds, its history, its message. */

import type { ReactNode } from "react";
import { useEffect, useMemo, useState } from "react";
import { Link, useLocation, useParams } from "wouter";
import { request } from "~/api/client";
import type { TimeRange } from "~/core/time";
import { RestrictionDialog } from "~/pages/permissions/restriction";
import { Page } from "~/shell/page";
import { useTimeRange } from "~/shell/timeRange";
import { useUrlParams } from "~/shell/url";
import {
  Async,
  ask,
  Button,
  Empty,
  IconButton,
  Menu,
  MenuItem,
  MenuSeparator,
  Notice,
  Panel,
  Properties,
  Status,
  TagList,
  toast,
} from "~/ui";
import { GraphMenu } from "~/widgets/graphMenu";
import {
  countView,
  type Monitor,
  STATES,
  useDowntimeChange,
  useHistory,
  useMonitor,
  useMonitorChange,
} from "./api";
import { Deliveries, useMonitorDeliveries } from "./deliveries";
import { Evaluated, useBacktest } from "./evaluated";
import { exportMonitors } from "./export";
import { MonitorGraph } from "./graph";
import { History } from "./history";
import { hasPast } from "./kinds";
import { MuteDialog } from "./muteDialog";
import { allThresholds, readCondition } from "./query";
import { noDataText } from "./situation";
import { SituationNotice } from "./situationNotice";
import { StateStrips } from "./strips";
import { subjectOf } from "./subject";
import { useMetricUnit } from "./unit";

const CRUMBS = [{ label: "Monitors", href: "/monitors/manage" }];

export default function MonitorPage() {
  const { id = "" } = useParams<{ id: string }>();
  const query = useMonitor(id);
  if (!query.data) {
    return (
      <Page title="Monitor" crumbs={CRUMBS}>
        <Async query={query}>{() => null}</Async>
      </Page>
    );
  }
  return <Loaded monitor={query.data} />;
}

function Loaded({ monitor }: { monitor: Monitor }) {
  useEffect(() => countView(monitor.id), [monitor.id]);
  const { range } = useTimeRange();
  const history = useHistory(String(monitor.id));
  const deliveries = useMonitorDeliveries(monitor.id);
  const condition = readCondition(monitor.query);
  const unit = useMetricUnit(condition?.query);
  const given = monitor.options.thresholds;
  const thresholds = useMemo(() => allThresholds(monitor.query, given), [monitor.query, given]);
  const transitions = history.data?.transitions ?? [];
  const state = (
    <>
      <Status state={STATES[monitor.overall_state ?? ""] ?? "nodata"}>{monitor.overall_state}</Status>
      {Object.keys(monitor.options.silenced ?? {}).length > 0 && <Status state="nodata">Muted</Status>}
      {monitor.draft_status === "draft" && <Status state="nodata">Draft</Status>}
    </>
  );
  return (
    <Page
      title={monitor.name.replaceAll("**", "")}
      crumbs={CRUMBS}
      aside={state}
      time
      actions={<Actions monitor={monitor} />}
    >
      <div style={{ display: "grid", gap: "var(--s-4)" }}>
        {history.data?.problem && <Notice state="alert">Not evaluated: {history.data.problem}</Notice>}
        <SituationNotice monitor={monitor} deliveries={deliveries.data?.messages} />
        <Panel
          title="Query"
          hint={monitor.query}
          actions={
            !condition ? (
              <Subject query={monitor.query} />
            ) : (
              <GraphMenu
                definition={{ type: "timeseries", title: monitor.name, requests: [{ q: condition.query }] }}
                window={range}
                monitor={false}
              />
            )
          }
        >
          {condition ? (
            <MonitorGraph
              query={condition.query}
              thresholds={thresholds}
              from={range.from}
              to={range.to}
              transitions={transitions}
            />
          ) : (
            <Past monitor={monitor} range={range} />
          )}
        </Panel>
        <Panel title="State over time">
          <StateStrips monitor={monitor.id} from={range.from} to={range.to} unit={unit} />
        </Panel>
        <Panel title="History">
          <Async query={history}>
            {(answer) => <History transitions={answer.transitions} unit={unit} />}
          </Async>
        </Panel>
        <Panel title="Notifications">
          <Async query={deliveries}>
            {({ messages, mail_server }) => (
              <>
                {!mail_server && messages.some((message) => message.channel === "email") && (
                  <Notice>No mail server is configured: email is queued, and not sent.</Notice>
                )}
                <Deliveries deliveries={messages} />
              </>
            )}
          </Async>
        </Panel>
        <Panel title="Definition">
          <div style={{ padding: "0 var(--s-5) var(--s-5)" }}>
            <Definition monitor={monitor} />
          </div>
        </Panel>
      </div>
    </Page>
  );
}

/** The values that the monitor compared with its thresholds, where they can be told afterwards. */
function Past({ monitor, range }: { monitor: Monitor; range: TimeRange }) {
  const told = hasPast(monitor.type, monitor.query);
  const past = useBacktest(monitor, range.from, range.to, told);
  if (!told) return <Empty title="What this monitor evaluates has no graph" />;
  return (
    <Async query={past}>
      {(answer) =>
        Object.values(answer.values).every((values) => values.every((value) => value === null)) ? (
          <Empty title="No data in the selected time range" />
        ) : (
          <Evaluated answer={answer} draft={monitor} height={260} />
        )
      }
    </Async>
  );
}

/** The way to what the monitor is about: the SLO, the logs, the spans, the events. */
function Subject({ query }: { query: string }) {
  const subject = subjectOf(query);
  return subject && <Link href={subject.href}>{subject.label}</Link>;
}

function Definition({ monitor }: { monitor: Monitor }) {
  const { options } = monitor;
  const creator = monitor.creator?.name || monitor.creator?.email || monitor.creator?.handle;
  return (
    <Properties
      items={[
        [
          "Message",
          <pre key="message" style={{ whiteSpace: "pre-wrap" }}>
            {monitor.message || "none"}
          </pre>,
        ],
        [
          "Thresholds",
          Object.entries(allThresholds(monitor.query, options.thresholds))
            .map(([name, value]) => `${name} ${value}`)
            .join(", ") || "none",
        ],
        ["No data", noDataText(options)],
        ["Tags", monitor.tags.length ? <TagList key="tags" tags={monitor.tags} /> : "none"],
        ["Created by", creator ?? "unknown"],
        ...(monitor.assets ?? []).map((asset): [string, ReactNode] => [
          "Runbook",
          <a key={asset.url} href={asset.url} rel="noreferrer">
            {asset.name}
          </a>,
        ]),
      ]}
    />
  );
}

function Actions({ monitor }: { monitor: Monitor }) {
  const change = useMonitorChange();
  const [, navigate] = useLocation();
  const muted = Object.keys(monitor.options.silenced ?? {}).length > 0;
  // The link of a notification opens the dialog, with the group that it was about.
  const [params, changeParams] = useUrlParams();
  const muting = params.get("mute") !== null;
  const setMuting = (open: boolean) => changeParams({ mute: open ? "1" : null, group: null });
  const wanted = params.get("group");
  const [restricting, setRestricting] = useState(false);
  const downtime = useDowntimeChange();
  const unmute = async () => {
    try {
      const path = `/api/v1/monitor/${monitor.id}`;
      const active = await request<{ id: number; monitor_id: number | null }[]>("GET", `${path}/downtimes`);
      for (const one of active.filter((item) => item.monitor_id === monitor.id))
        await downtime.mutateAsync({ method: "DELETE", path: `/api/v1/downtime/${one.id}` });
      await act("POST", "/unmute", "Unmuted", { all_scopes: true });
    } catch (error) {
      toast((error as Error).message, "alert");
    }
  };
  const copy = () => navigate(`/monitors/create?clone=${monitor.id}`);
  const act = async (method: string, path: string, said: string, body?: unknown) => {
    try {
      await change.mutateAsync({ method, path: `/api/v1/monitor/${monitor.id}${path}`, body });
      toast(said);
      return true;
    } catch (error) {
      toast((error as Error).message, "alert");
      return false;
    }
  };
  const remove = async () => {
    const title = `Delete the monitor “${monitor.name.replaceAll("**", "")}”?`;
    if (!(await ask({ title, action: "Delete" }))) return;
    if (await act("DELETE", "", "Deleted")) navigate("/monitors/manage");
  };
  const test = async () => {
    try {
      const path = `/api/ui/monitors/${monitor.id}/test`;
      await change.mutateAsync({ method: "POST", path, body: { state: "Alert" } });
      toast("Test notification sent");
    } catch (error) {
      toast((error as Error).message, "alert");
    }
  };
  return (
    <>
      <Button icon="mute" needs="monitors_downtime" onClick={() => (muted ? void unmute() : setMuting(true))}>
        {muted ? "Unmute" : "Mute"}
      </Button>
      {muting && (
        <MuteDialog
          name={monitor.name.replaceAll("**", "")}
          monitor={monitor.id}
          scopes={["*", ...Object.keys(monitor.state?.groups ?? {}).filter((name) => name !== "*")]}
          chosen={wanted ?? undefined}
          onClose={() => setMuting(false)}
        />
      )}
      <Button icon="edit" needs="monitors_write" onClick={() => navigate(`/monitors/${monitor.id}/edit`)}>
        Edit
      </Button>
      <Menu align="end" trigger={<IconButton icon="more" label="More" />}>
        <MenuItem icon="key" onSelect={() => setRestricting(true)}>
          Permissions
        </MenuItem>
        <MenuItem icon="mail" needs="monitors_write" onSelect={() => void test()}>
          Test Notifications
        </MenuItem>
        <MenuItem needs="monitors_write" onSelect={copy}>
          Clone
        </MenuItem>
        <MenuItem onSelect={() => void exportMonitors({ ids: [monitor.id] }, "json")}>Export JSON</MenuItem>
        <MenuItem onSelect={() => void exportMonitors({ ids: [monitor.id] }, "terraform")}>
          Export Terraform
        </MenuItem>
        <MenuSeparator />
        <MenuItem icon="trash" danger needs="monitors_write" onSelect={() => void remove()}>
          Delete
        </MenuItem>
      </Menu>
      {restricting && (
        <RestrictionDialog
          kind="monitor"
          id={monitor.id}
          name={monitor.name.replaceAll("**", "")}
          onClose={() => setRestricting(false)}
        />
      )}
    </>
  );
}
