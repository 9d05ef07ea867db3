/** Hosts as a list: state, readings, what runs there, tags. */
import { useMemo } from "react";
import { type Host, problemsOf, useHosts } from "~/api/hosts";
import { matchesHost } from "~/core/hosts";
import { formatAgo } from "~/core/time";
import { formatValue } from "~/core/units";
import { Page } from "~/shell/page";
import { useUrlState } from "~/shell/url";
import { Async, type Column, DataTable, Panel, SearchInput, Status, TagList, Toolbar } from "~/ui";
import { HostPanel } from "./hostPanel";
import { NoHosts } from "./noHosts";

const percent = (value: number | null) => formatValue(value, [{ name: "percent" }]);

const COLUMNS: Column<Host>[] = [
  {
    key: "name",
    title: "Host",
    cell: (host) => host.name,
    sort: (host) => host.name,
    width: "minmax(160px, 2fr)",
  },
  { key: "state", title: "State", cell: (host) => <HostState host={host} />, sort: rankOf, width: "128px" },
  {
    key: "cpu",
    title: "CPU",
    cell: (host) => percent(host.cpu),
    sort: (host) => host.cpu,
    number: true,
    width: "90px",
  },
  {
    key: "memory",
    title: "Memory",
    cell: (host) => percent(host.memory),
    sort: (host) => host.memory,
    number: true,
    width: "90px",
  },
  {
    key: "iowait",
    title: "I/O wait",
    cell: (host) => percent(host.iowait),
    sort: (host) => host.iowait,
    number: true,
    width: "90px",
  },
  {
    key: "load",
    title: "Load per core",
    cell: (host) => formatValue(host.load),
    sort: (host) => host.load,
    number: true,
    width: "120px",
  },
  {
    key: "apps",
    title: "Apps",
    cell: (host) => <TagList tags={host.apps} limit={4} />,
    width: "minmax(120px, 1fr)",
  },
  {
    key: "tags",
    title: "Tags",
    cell: (host) => <TagList tags={host.tags.slice(1)} limit={4} />,
    width: "minmax(220px, 3fr)",
  },
  {
    key: "seen",
    title: "Reported",
    cell: (host) => formatAgo(host.last_reported * 1000, Date.now()),
    sort: (host) => -host.last_reported,
    number: true,
    width: "110px",
  },
];

function rankOf(host: Host): number {
  return problemsOf(host).length > 0 ? 0 : host.up ? 2 : 1;
}

function HostState({ host }: { host: Host }) {
  const problems = problemsOf(host).length;
  if (problems > 0) return <Status state="alert">Agent: {problems} down</Status>;
  if (!host.up) return <Status state="nodata">Not reporting</Status>;
  return <Status state="ok">{host.muted ? "Up, muted" : "Up"}</Status>;
}

export default function HostList() {
  const hosts = useHosts();
  const [filter, setFilter] = useUrlState("filter");
  const [selected, setSelected] = useUrlState("host");
  const shown = useMemo(
    () => (hosts.data ?? []).filter((host) => matchesHost(host, filter)),
    [hosts.data, filter],
  );
  return (
    <Page title="Hosts" time fill>
      <Toolbar>
        <div data-grow>
          <SearchInput
            main
            value={filter}
            onChange={setFilter}
            placeholder="Filter by name or tag, env:prod web-*"
          />
        </div>
        <span className="muted num">
          {shown.length} {shown.length === 1 ? "host" : "hosts"}
        </span>
      </Toolbar>
      <Panel style={{ flex: 1 }}>
        <Async query={hosts}>
          {(all) =>
            shown.length === 0 ? (
              <NoHosts some={all.length > 0} onClear={() => setFilter("")} />
            ) : (
              <DataTable
                label="Hosts"
                rows={shown}
                columns={COLUMNS}
                rowKey={(host) => host.name}
                onRow={(host) => setSelected(host.name)}
                selected={selected}
                initialSort={{ key: "name", descending: false }}
              />
            )
          }
        </Async>
      </Panel>
      {selected && <HostPanel key={selected} name={selected} onClose={() => setSelected("")} />}
    </Page>
  );
}
