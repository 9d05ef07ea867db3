/** Live processes of all hosts. */
import { Link } from "wouter";
import { formatAgo } from "~/core/time";
import { type Column, Drawer, Properties, Status, TagList } from "~/ui";
import css from "./hostPanel.module.css";
import type { Process } from "./runningApi";
import {
  byteRate,
  bytes,
  hostColumn,
  percent,
  RunningPage,
  startedColumn,
  tagsColumn,
  usageColumns,
} from "./runningPage";
import { Trend } from "./runningPanel";
import { condition } from "./runningSearch";

const COLUMNS: Column<Process>[] = [
  {
    key: "command",
    title: "Command",
    cell: (row) => (
      <span className="truncate mono" title={row.command}>
        {row.command}
      </span>
    ),
    sort: (row) => row.command,
    width: "minmax(220px, 4fr)",
  },
  { key: "user", title: "User", cell: (row) => row.user, sort: (row) => row.user, width: "110px" },
  hostColumn(),
  { key: "pid", title: "PID", cell: (row) => row.pid, sort: (row) => row.pid, number: true, width: "90px" },
  ...usageColumns<Process>(),
  startedColumn("created", (row) => row.created),
  tagsColumn(),
];

const STATES: Record<string, string> = {
  R: "Running",
  S: "Sleeping",
  D: "Waiting for a disk",
  T: "Stopped",
  Z: "Zombie",
  X: "Dead",
  W: "Paging",
  U: "Unknown",
};

export default function Processes() {
  return (
    <RunningPage<Process>
      title="Processes"
      what="processes"
      one="process"
      many="processes"
      placeholder="Search commands, env:prod user:www -command:sh"
      fields={["command", "user", "host", "state"]}
      columns={COLUMNS}
      rowKey={keyOf}
      panel={(row, search, close) => (
        <ProcessPanel key={keyOf(row)} process={row} onSearch={search} onClose={close} />
      )}
      setup={
        <>
          Set <code>process_config.process_collection.enabled: true</code> in an agent's{" "}
          <code>datadog.yaml</code>, and point <code>process_config.process_dd_url</code> of a Datadog Agent
          to this server.
        </>
      }
    />
  );
}

function keyOf(row: Process): string {
  return `${row.host}/${row.pid}/${row.created}`;
}

interface PanelProps {
  process: Process;
  onSearch: (text: string) => void;
  onClose: () => void;
}

function ProcessPanel({ process, onSearch, onClose }: PanelProps) {
  const tags = [condition("host", process.host), `pid:${process.pid}`, condition("command", process.name)];
  const title = (
    <span className={css.title}>
      <span className="truncate">{process.name}</span>
      <Status state={process.state === "Z" || process.state === "D" ? "warn" : "ok"}>
        {STATES[process.state] ?? process.state}
      </Status>
    </span>
  );
  return (
    <Drawer open onClose={onClose} title={title} width={560}>
      <div className={css.stack}>
        <div className={css.actions}>
          <Link href={`/infrastructure?host=${encodeURIComponent(process.host)}`}>Host</Link>
          <Link href={`/logs?query=${encodeURIComponent(condition("host", process.host))}`}>Logs</Link>
          {process.container && (
            <Link href={`/containers?query=container_id:${process.container}`}>Container</Link>
          )}
          <Link href={monitorOf(process)}>Create monitor</Link>
        </div>
        <code style={{ overflowWrap: "anywhere" }}>{process.command}</code>
        <Properties
          items={[
            ["Host", process.host],
            ["User", process.user],
            ["PID", `${process.pid} (parent ${process.ppid})`],
            ["Started", `${formatAgo(process.created, Date.now())} (${process.start})`],
            ["CPU", `${percent(process.cpu)} of one core, of ${process.cores}`],
            ["Memory", `${bytes(process.rss)} resident, ${bytes(process.vms)} virtual`],
            ["Threads", String(process.threads)],
            ["Open files", String(process.open_files)],
            ["Disk", `${byteRate(process.read_rate)} read, ${byteRate(process.write_rate)} written`],
          ]}
        />
        <Trend
          title="CPU"
          source="process"
          kind="area"
          lines={{ user: "process.stat.cpu.user_pct", system: "process.stat.cpu.system_pct" }}
          tags={tags}
        />
        <Trend title="Resident memory" source="process" lines={{ rss: "process.stat.mem.rss" }} tags={tags} />
        <Trend
          title="Disk"
          source="process"
          lines={{ read: "process.stat.io.read_bytes", written: "process.stat.io.write_bytes" }}
          tags={tags}
        />
        <TagList tags={process.tags} onPick={onSearch} />
      </div>
    </Drawer>
  );
}

function monitorOf(process: Process): string {
  const name = process.name.replace(/["\\]/g, "");
  const query = `processes("command:${name}").over("host:${process.host}").rollup("count").last("5m") < 1`;
  return `/monitors/create?${new URLSearchParams({ type: "process alert", query })}`;
}
