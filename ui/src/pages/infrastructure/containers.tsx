/** Live containers of all hosts. */
import { Link } from "wouter";
import { formatAgo } from "~/core/time";
import { type Column, Drawer, Properties, Status, TagList } from "~/ui";
import css from "./hostPanel.module.css";
import type { Container } from "./runningApi";
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

const COLUMNS: Column<Container>[] = [
  {
    key: "name",
    title: "Container",
    cell: (row) => (
      <span className="truncate" title={row.name}>
        {row.name}
      </span>
    ),
    sort: (row) => row.name,
    width: "minmax(160px, 2fr)",
  },
  {
    key: "image",
    title: "Image",
    cell: (row) => (
      <span className="truncate" title={row.image}>
        {row.image || "–"}
      </span>
    ),
    sort: (row) => row.image,
    width: "minmax(160px, 2fr)",
  },
  {
    key: "state",
    title: "State",
    cell: (row) => <State row={row} />,
    sort: (row) => row.state,
    width: "120px",
  },
  hostColumn(),
  ...usageColumns<Container>(),
  startedColumn("started", (row) => row.started * 1000),
  tagsColumn(),
];

function State({ row }: { row: Container }) {
  if (row.health === "unhealthy") return <Status state="alert">Unhealthy</Status>;
  const word = row.state[0]!.toUpperCase() + row.state.slice(1);
  return <Status state={row.state === "running" ? "ok" : "warn"}>{word}</Status>;
}

export default function Containers() {
  return (
    <RunningPage<Container>
      title="Containers"
      what="containers"
      one="container"
      many="containers"
      placeholder="Search names, images and ids, env:prod short_image:web"
      fields={["image_name", "host", "state", "runtime"]}
      columns={COLUMNS}
      rowKey={keyOf}
      panel={(row, search, close) => (
        <ContainerPanel key={keyOf(row)} container={row} onSearch={search} onClose={close} />
      )}
      setup="An agent on a host with containers reports them by itself, from Docker's socket and the cgroups."
    />
  );
}

function keyOf(row: Container): string {
  return `${row.host}/${row.id}`;
}

interface PanelProps {
  container: Container;
  onSearch: (text: string) => void;
  onClose: () => void;
}

function ContainerPanel({ container, onSearch, onClose }: PanelProps) {
  const tags = [condition("host", container.host), `container_id:${container.id}`];
  const title = (
    <span className={css.title}>
      <span className="truncate">{container.name}</span>
      <State row={container} />
    </span>
  );
  const limit = (value: number, text: (value: number) => string) =>
    value ? ` of at most ${text(value)}` : "";
  const logs = encodeURIComponent(condition("container_name", container.name));
  return (
    <Drawer open onClose={onClose} title={title} width={560}>
      <div className={css.stack}>
        <div className={css.actions}>
          <Link href={`/process?query=container_id:${container.id}`}>Processes</Link>
          <Link href={`/logs?query=${logs}`}>Logs</Link>
          <Link href={`/infrastructure?host=${encodeURIComponent(container.host)}`}>Host</Link>
        </div>
        <Properties
          items={[
            ["Image", container.image || "unknown"],
            ["Host", container.host],
            ["Id", <code key="id">{container.id.slice(0, 12)}</code>],
            ["Runtime", container.type || "unknown"],
            ["Health", container.health],
            ["Started", `${formatAgo(container.started * 1000, Date.now())} (${container.start})`],
            ["CPU", percent(container.cpu) + limit(container.cpu_limit, percent)],
            ["Memory", bytes(container.memory || container.rss) + limit(container.memory_limit, bytes)],
            ["Threads", String(container.threads)],
            ["Network", `${byteRate(container.received_rate)} in, ${byteRate(container.sent_rate)} out`],
          ]}
        />
        <Trend
          title="CPU"
          source="container"
          kind="area"
          lines={{
            user: "process.stat.container.cpu.user_pct",
            system: "process.stat.container.cpu.system_pct",
          }}
          tags={tags}
        />
        <Trend
          title="Memory"
          source="container"
          lines={{ rss: "process.stat.container.mem.rss", cache: "process.stat.container.mem.cache" }}
          tags={tags}
        />
        <Trend
          title="Network"
          source="container"
          lines={{
            received: "process.stat.container.net.rcvd_bps",
            sent: "process.stat.container.net.sent_bps",
          }}
          tags={tags}
        />
        <TagList tags={container.tags} onPick={onSearch} />
      </div>
    </Drawer>
  );
}
