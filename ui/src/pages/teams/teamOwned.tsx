/** What a team owns: services, monitors, dashboards and SLOs with its tag. */
import { useQuery } from "@tanstack/react-query";
import { Link } from "wouter";
import { request } from "~/api/client";
import css from "~/pages/settings/settings.module.css";
import { Async, Panel, type State, Status, useMay } from "~/ui";

interface Item {
  id: string;
  name: string;
  href: string;
  state?: string;
}

const STATES: Record<string, State> = { OK: "ok", Alert: "alert", Warn: "warn", "No Data": "nodata" };

/** At most this many of each kind are listed. */
const MOST = 50;

export function Owned({ handle }: { handle: string }) {
  const tag = `team:${handle}`;
  return (
    <>
      <Group title="Services" permission="apm_service_catalog_read" tag={tag} load={services} />
      <Group title="Monitors" permission="monitors_read" tag={tag} load={monitors} />
      <Group title="Dashboards" permission="dashboards_read" tag={tag} load={dashboards} />
      <Group title="SLOs" permission="slos_read" tag={tag} load={slos} />
    </>
  );
}

type Load = (tag: string, signal: AbortSignal) => Promise<Item[]>;

const services: Load = async (tag, signal) => {
  const given = { "page[size]": 100, schema_version: "v2.2" };
  const path = "/api/v2/services/definitions";
  const answer = await request<{
    data: { attributes: { schema: { "dd-service": string; team?: string; tags?: string[] } } }[];
  }>("GET", path, { query: given, signal });
  const handle = tag.slice("team:".length);
  return answer.data
    .map(({ attributes: { schema } }) => schema)
    .filter((schema) => schema.team === handle || schema.tags?.includes(tag))
    .map((schema) => ({
      id: schema["dd-service"],
      name: schema["dd-service"],
      href: `/apm/services/${encodeURIComponent(schema["dd-service"])}`,
    }));
};

const monitors: Load = async (tag, signal) => {
  const answer = await request<{ id: number; name: string; overall_state: string }[]>(
    "GET",
    "/api/v1/monitor",
    { query: { monitor_tags: tag, page: 0, page_size: 1000 }, signal },
  );
  return answer.map((monitor) => ({
    id: String(monitor.id),
    name: monitor.name.replaceAll("**", ""),
    href: `/monitors/${monitor.id}`,
    state: monitor.overall_state,
  }));
};

const dashboards: Load = async (tag, signal) => {
  const answer = await request<{ dashboards: { id: string; title: string; tags: string[] }[] }>(
    "GET",
    "/api/ui/dashboards",
    { signal },
  );
  return answer.dashboards
    .filter((board) => board.tags.includes(tag))
    .map((board) => ({ id: board.id, name: board.title, href: `/dashboard/${board.id}` }));
};

const slos: Load = async (tag, signal) => {
  const answer = await request<{ data: { id: string; name: string }[] }>("GET", "/api/v1/slo", {
    query: { tags_query: tag, limit: 1000 },
    signal,
  });
  return answer.data.map((slo) => ({ id: slo.id, name: slo.name, href: `/slo/${slo.id}` }));
};

interface GroupProps {
  title: string;
  permission: string;
  tag: string;
  load: Load;
}

function Group({ title, permission, tag, load }: GroupProps) {
  const sees = useMay(permission);
  const query = useQuery({
    queryKey: ["team-owned", title, tag],
    queryFn: ({ signal }) => load(tag, signal),
    enabled: sees,
  });
  if (!sees) return null;
  return (
    <Panel title={title} hint={query.data && query.data.length > 0 ? String(query.data.length) : undefined}>
      <div className={css.panel}>
        <Async query={query}>
          {(items) =>
            items.length === 0 ? (
              <p className="muted">
                None with the tag <code>{tag}</code>
              </p>
            ) : (
              <ul className={css.belongings}>
                {items.slice(0, MOST).map((item) => (
                  <li key={item.id}>
                    <Link className="truncate" href={item.href}>
                      {item.name || "Unnamed"}
                    </Link>
                    {item.state && <Status state={STATES[item.state] ?? "nodata"}>{item.state}</Status>}
                  </li>
                ))}
              </ul>
            )
          }
        </Async>
      </div>
    </Panel>
  );
}
