/** A host at the side of the page: state, problems of its agent, readings, tags, checks. */
import { Link, useLocation } from "wouter";
import { type Host, problemsOf, useHost } from "~/api/hosts";
import { useMetrics } from "~/api/metrics";
import type { SeriesKind } from "~/core/chart/model";
import { counted } from "~/core/labels";
import { formatAgo } from "~/core/time";
import { MuteScope } from "~/pages/monitors/muteScope";
import { useTimeRange } from "~/shell/timeRange";
import { Async, Drawer, Notice, Panel, Properties, type State, Status, Tabs, TagList } from "~/ui";
import { GraphMenu } from "~/widgets/graphMenu";
import { TimeseriesView } from "~/widgets/timeseries/view";
import css from "./hostPanel.module.css";

export function HostPanel({ name, onClose }: { name: string; onClose: () => void }) {
  const details = useHost(name);
  const up = details.data?.host.up;
  const title = (
    <span className={css.title}>
      <span className="truncate">{name}</span>
      {up !== undefined && <Status state={up ? "ok" : "nodata"}>{up ? "Up" : "Not reporting"}</Status>}
    </span>
  );
  return (
    <Drawer open onClose={onClose} title={title} width={560}>
      <Async query={details}>
        {({ host, meta }) => (
          <div className={css.stack}>
            <div className={css.actions}>
              <MuteScope name={name} scope={`host:${name}`} muted={host.muted} small />
              <Link href={`/monitors/manage?show=groups&search=${encodeURIComponent(name)}`}>Monitors</Link>
              <Link href={`/process?query=${encodeURIComponent(`host:${name}`)}`}>Processes</Link>
              <Link href={`/containers?query=${encodeURIComponent(`host:${name}`)}`}>Containers</Link>
            </div>
            <Problems host={host} />
            <NotStored host={host} />
            <Tabs
              items={[
                { value: "readings", label: "Readings", content: <Readings name={name} /> },
                { value: "tags", label: `Tags ${host.tags.length}`, content: <Tags host={host} /> },
                { value: "checks", label: "Checks", content: <Checks lines={meta.agent_checks} /> },
                { value: "about", label: "About", content: <About host={host} meta={meta} /> },
              ]}
            />
          </div>
        )}
      </Async>
    </Drawer>
  );
}

function Problems({ host }: { host: Host }) {
  return problemsOf(host).map((one) => (
    <Notice key={one.name} state="alert">
      ◆ The agent's {one.name} {one.cause ? `fails: ${one.cause}` : `is ${one.state}`}
    </Notice>
  ));
}

/** What programs on the host sent to its agent and nothing was stored of, such as profiles. */
function NotStored({ host }: { host: Host }) {
  const kinds = host.components.flatMap((one) => Object.entries(one.not_stored ?? {}));
  if (kinds.length === 0) return null;
  const list = kinds.map(([kind, count]) => `${kind.replaceAll("_", " ")} (${counted(count, "request")})`);
  return <p className="muted">Sent to the agent and not stored: {list.join(", ")}</p>;
}

const CHARTS: { title: string; queries: string[]; kind: SeriesKind }[] = [
  { title: "CPU", queries: ["system.cpu.user", "system.cpu.system", "system.cpu.iowait"], kind: "area" },
  { title: "Memory used", queries: ["system.mem.used"], kind: "area" },
  { title: "Load", queries: ["system.load.1", "system.load.5", "system.load.15"], kind: "line" },
  { title: "Disks in use", queries: ["system.disk.in_use"], kind: "line" },
];

function Readings({ name }: { name: string }) {
  return (
    <div className={css.stack}>
      {CHARTS.map((chart) => (
        <Chart key={chart.title} host={name} {...chart} />
      ))}
      <Link href={`/metric/explorer?${new URLSearchParams({ q: `avg:system.cpu.user{host:${name}}` })}`}>
        Explore metrics of this host
      </Link>
    </div>
  );
}

function Chart({ host, title, queries, kind }: (typeof CHARTS)[number] & { host: string }) {
  const { range } = useTimeRange();
  const by = title === "Disks in use" ? " by {device}" : "";
  const query = useMetrics(
    {
      queries: queries.map((metric, i) => ({ name: `q${i}`, query: `avg:${metric}{host:${host}}${by}` })),
      formulas: queries.map((metric, i) => ({ formula: `q${i}`, alias: metric.replace(/^system\./, "") })),
    },
    range,
  );
  if (query.data?.series.length === 0) return null;
  const requests = queries.map((metric) => ({ q: `avg:${metric}{host:${host}}${by}`, display_type: kind }));
  const definition = { type: "timeseries", title: `${title} of ${host}`, requests };
  return (
    <Panel
      title={title}
      busy={query.isFetching}
      style={{ height: 170 }}
      actions={<GraphMenu definition={definition} window={range} />}
    >
      <TimeseriesView query={query} kind={kind} />
    </Panel>
  );
}

function Tags({ host }: { host: Host }) {
  const [, navigate] = useLocation();
  const filter = (tag: string) => navigate(`/infrastructure/map?${new URLSearchParams({ filter: tag })}`);
  return (
    <Properties
      items={Object.entries(host.tags_by_source).map(([source, tags]) => [
        source,
        <TagList key={source} tags={tags} onPick={filter} />,
      ])}
    />
  );
}

const STATES: Record<string, [State, string]> = {
  OK: ["ok", "OK"],
  WARNING: ["warn", "Warning"],
  ERROR: ["alert", "Error"],
};

/** Lines as the agent sends them: name, source, instance, state, message. */
function Checks({ lines }: { lines: unknown }) {
  const known = (Array.isArray(lines) ? lines : []) as string[][];
  if (known.length === 0) return <p className="muted">This host's agent has reported no checks.</p>;
  return (
    <ul className={css.checks}>
      {known.map(([name, , instance, state, message]) => {
        const [status, word] = STATES[state ?? ""] ?? ["nodata", state || "Unknown"];
        return (
          <li key={instance}>
            <b>{name}</b>
            <Status state={status as State}>{word}</Status>
            {message && <p>{message}</p>}
          </li>
        );
      })}
    </ul>
  );
}

function About({ host, meta }: { host: Host; meta: Record<string, unknown> }) {
  const rows: [string, unknown][] = [
    ["Last reported", formatAgo(host.last_reported * 1000, Date.now())],
    ["Apps", host.apps.join(", ")],
    ["Aliases", host.aliases.join(", ")],
    ["IP address", host.ip],
    ["Platform", host.platform],
    ["Processor", meta.processor],
    ["Cores", meta.cpuCores],
    ["Agent", host.agent_version],
    ["Python", meta.pythonV],
  ];
  return (
    <Properties
      items={rows.filter(([, value]) => value).map(([label, value]) => [label, String(value)] as const)}
    />
  );
}
