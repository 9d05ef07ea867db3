/** Every agent, ours and Datadog's own: version, components, integrations, what fails and why. */
import { useMemo } from "react";
import { type Host, problemsOf, useHosts } from "~/api/hosts";
import { matchesHost } from "~/core/hosts";
import { formatAgo } from "~/core/time";
import { Page } from "~/shell/page";
import { useUrlState } from "~/shell/url";
import { Async, type Column, DataTable, Panel, SearchInput, Status, TagList, Toolbar } from "~/ui";
import {
  type AgentState,
  agentsOf,
  failureOf,
  notStored,
  runningComponents,
  stateOf,
  versionsOf,
} from "./fleetState";
import { HostPanel } from "./hostPanel";
import { NoHosts } from "./noHosts";

const RANKS: Record<AgentState, number> = { failing: 0, silent: 1, running: 2 };

const COLUMNS: Column<Host>[] = [
  {
    key: "name",
    title: "Host",
    cell: (host) => host.name,
    sort: (host) => host.name,
    width: "minmax(130px, 1fr)",
  },
  {
    key: "state",
    title: "Agent",
    cell: (host) => <Agent host={host} />,
    sort: (host) => RANKS[stateOf(host, problemsOf(host))],
    width: "130px",
  },
  {
    key: "version",
    title: "Version",
    cell: (host) => host.agent_version || "unknown",
    sort: (host) => host.agent_version,
    width: "80px",
  },
  {
    key: "components",
    title: "Components",
    cell: (host) => <Cell text={runningComponents(host.components).join(", ")} />,
    width: "minmax(210px, 1.2fr)",
  },
  {
    key: "integrations",
    title: "Integrations",
    cell: (host) => <TagList tags={host.apps} limit={3} />,
    width: "minmax(150px, 1fr)",
  },
  {
    key: "failure",
    title: "What fails",
    cell: (host) => <Cell text={failureOf(problemsOf(host))} />,
    sort: (host) => failureOf(problemsOf(host)),
    width: "minmax(140px, 1.6fr)",
  },
  {
    key: "stored",
    title: "Not stored",
    cell: (host) => <Cell text={notStored(host).join(", ")} />,
    width: "minmax(90px, 0.8fr)",
  },
  {
    key: "seen",
    title: "Reported",
    cell: (host) => formatAgo(host.last_reported * 1000, Date.now()),
    sort: (host) => -host.last_reported,
    number: true,
    width: "90px",
  },
];

function Cell({ text }: { text: string }) {
  return (
    <span className="truncate" title={text}>
      {text || "–"}
    </span>
  );
}

function Agent({ host }: { host: Host }) {
  const state = stateOf(host, problemsOf(host));
  if (state === "failing") return <Status state="alert">Failing</Status>;
  if (state === "silent") return <Status state="nodata">Not reporting</Status>;
  return <Status state="ok">Running</Status>;
}

export default function Fleet() {
  const hosts = useHosts();
  const [filter, setFilter] = useUrlState("filter");
  const [selected, setSelected] = useUrlState("host");
  const agents = useMemo(() => agentsOf(hosts.data ?? []), [hosts.data]);
  const shown = useMemo(() => agents.filter((host) => matchesHost(host, filter)), [agents, filter]);
  const failing = shown.filter((host) => stateOf(host, problemsOf(host)) === "failing").length;
  const versions = versionsOf(shown).map(({ version, count }) => `${version}: ${count}`);
  return (
    <Page title="Fleet" fill>
      <Toolbar>
        <div data-grow>
          <SearchInput
            main
            value={filter}
            onChange={setFilter}
            placeholder="Filter by name or tag, env:prod web-*"
          />
        </div>
        <span className="muted num" title={versions.join("\n")}>
          {shown.length} {shown.length === 1 ? "agent" : "agents"}, {failing} failing
        </span>
      </Toolbar>
      <Panel style={{ flex: 1 }}>
        <Async query={hosts}>
          {() =>
            shown.length === 0 ? (
              <NoHosts some={agents.length > 0} onClear={() => setFilter("")} />
            ) : (
              <DataTable
                label="Agents"
                rows={shown}
                columns={COLUMNS}
                rowKey={(host) => host.name}
                onRow={(host) => setSelected(host.name)}
                selected={selected}
                initialSort={{ key: "state", descending: false }}
              />
            )
          }
        </Async>
      </Panel>
      {selected && <HostPanel key={selected} name={selected} onClose={() => setSelected("")} />}
    </Page>
  );
}
