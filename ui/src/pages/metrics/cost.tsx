/** What a metric costs and who uses it: tags by their cost, its tag configuration, assets. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { Link } from "wouter";
import { api, request } from "~/api/client";
import { useMetricMetadata } from "~/api/metrics";
import type { components } from "~/api/schema";
import { formatAgo } from "~/core/time";
import { Async, Button, Confirm, Notice, Segments, Tag, toast, useMay } from "~/ui";
import css from "./summary.module.css";

export type MetricRow = components["schemas"]["MetricRow"];

interface Asset {
  id: string;
  type: string;
  attributes: { title: string; url: string; tags: string[] };
}

const KINDS: Record<string, string> = {
  dashboards: "Dashboard",
  monitors: "Monitor",
  notebooks: "Notebook",
  slos: "SLO",
};

export function useMetricRows(hours: number) {
  return useQuery({
    queryKey: ["metrics", "summary", hours],
    queryFn: async ({ signal }) =>
      (await api.GET("/api/ui/metrics_summary", { params: { query: { hours } }, signal })).data!,
  });
}

/** The type of a metric: as its metadata say, else as it is sent; undefined until that is known. */
export function useMetricType(metric: string, row: MetricRow | undefined): string | undefined {
  const metadata = useMetricMetadata(metric || null);
  return metadata.isPending ? undefined : metadata.data?.type || row?.type || undefined;
}

export const UNKNOWN_TYPE = "The type of the metric is not known yet";

export function lastQueried(row: MetricRow): string {
  return row.last_queried ? formatAgo(Date.parse(row.last_queried), Date.now()) : "Never";
}

/** Assets of the metric, as links. */
export function UsedBy({ metric }: { metric: string }) {
  const assets = useQuery({
    queryKey: ["metrics", "assets", metric],
    queryFn: async ({ signal }) =>
      (
        await request<{ included: Asset[] }>("GET", `/api/v2/metrics/${encodeURIComponent(metric)}/assets`, {
          signal,
        })
      ).included,
  });
  return (
    <section>
      <h3>Used by</h3>
      <Async query={assets}>
        {(found) =>
          found.length === 0 ? (
            <p className="muted">No dashboard, monitor, notebook or SLO queries this metric.</p>
          ) : (
            <ul className={css.assets}>
              {found.map((one) => (
                <li key={`${one.type} ${one.id}`}>
                  <span className="muted">{KINDS[one.type]}</span>
                  <Link href={one.attributes.url}>{one.attributes.title}</Link>
                </li>
              ))}
            </ul>
          )
        }
      </Async>
    </section>
  );
}

/** Tag keys by what they cost, each with the series that are left without it. */
export function TagCosts({ metric, row }: { metric: string; row: MetricRow | undefined }) {
  const cost = useQuery({
    queryKey: ["metrics", "cardinality", metric, 24],
    queryFn: async ({ signal }) =>
      (await api.GET("/api/ui/cardinality", { params: { query: { metric, hours: 24 } }, signal })).data!,
  });
  return (
    <section>
      <h3>Series and the tags that cost</h3>
      {row && (
        <p className="num">
          {row.series.toLocaleString()} series stored now
          {row.received > row.series && `, of ${row.received.toLocaleString()} that come in`}
          {row.rule &&
            (row.rule === "configuration" ? " (by its tag configuration)" : ` (by the rule “${row.rule}”)`)}
          . Last queried: {lastQueried(row).toLowerCase()}.
        </p>
      )}
      <Async query={cost}>
        {(data) => (
          <table className={css.costs}>
            <thead>
              <tr>
                <th scope="col">Tag key</th>
                <th scope="col">Values</th>
                <th scope="col">Series without it</th>
                <th scope="col">Saves</th>
              </tr>
            </thead>
            <tbody>
              {data.tags.slice(0, 20).map((one) => {
                const without = one.series_without ?? data.series;
                const saved = data.series > 0 ? 1 - without / data.series : 0;
                return (
                  <tr key={one.key}>
                    <th scope="row">{one.key || "(bare)"}</th>
                    <td>{one.values.toLocaleString()}</td>
                    <td>{without.toLocaleString()}</td>
                    <td>
                      <meter min={0} max={1} value={saved} aria-label={`Saved without ${one.key}`} />{" "}
                      {Math.round(saved * 100)} %
                    </td>
                  </tr>
                );
              })}
            </tbody>
          </table>
        )}
      </Async>
      <p className="muted">
        Of the past day.{" "}
        <Link href={`/metric/cardinality?${new URLSearchParams({ metric })}`}>Cardinality explorer</Link>
      </p>
    </section>
  );
}

interface Configuration {
  attributes: { tags: string[]; exclude_tags_mode?: boolean; metric_type: string };
}

interface ConfigurationProps {
  metric: string;
  /** Undefined until it is known: no new configuration is saved before. */
  type: string | undefined;
  keys: string[];
  /** A tag key that is to be dropped: offered as a change of what is configured. */
  drop?: string;
  onDone?: () => void;
}

/** Which tags are stored from now on. */
export function TagConfiguration({ metric, type, keys, drop, onDone }: ConfigurationProps) {
  const path = `/api/v2/metrics/${encodeURIComponent(metric)}/tags`;
  const client = useQueryClient();
  const may = useMay("metric_tags_write");
  const found = useQuery({
    queryKey: ["metrics", "configuration", metric],
    queryFn: async ({ signal }) => {
      const query = { "filter[configured]": "true", "window[seconds]": "2592000" };
      const all = await request<{ data: ({ id: string } & Configuration)[] }>("GET", "/api/v2/metrics", {
        query,
        signal,
      });
      return all.data.find((one) => one.id === metric) ?? null;
    },
  });
  const [draft, setDraft] = useState<{ tags: string[]; exclude: boolean } | null>(null);
  const [removing, setRemoving] = useState(false);
  const done = (said: string) => {
    setDraft(null);
    setRemoving(false);
    toast(said);
    client.invalidateQueries({ queryKey: ["metrics"] });
    onDone?.();
  };
  const save = useMutation({
    mutationFn: (wanted: { tags: string[]; exclude: boolean }) => {
      const attributes = {
        tags: wanted.tags,
        exclude_tags_mode: wanted.exclude,
        ...(!found.data && { metric_type: type }),
      };
      const body = { data: { id: metric, type: "manage_tags", attributes } };
      return request(found.data ? "PATCH" : "POST", path, { body });
    },
    onSuccess: () => done("Tag configuration saved"),
    onError: (error) => toast(error.message, "alert"),
  });
  const remove = useMutation({
    mutationFn: () => request("DELETE", path),
    onSuccess: () => done("Every tag is stored again"),
    onError: (error) => toast(error.message, "alert"),
  });
  const given = found.data?.attributes;
  const configured = given && { tags: given.tags, exclude: !!given.exclude_tags_mode };
  // A configuration names the type of its metric when it is made; a guess would be stored.
  const unknown = !found.data && !type;
  const proposed = drop === undefined || !found.isSuccess ? undefined : without(configured, drop);
  const wanted = draft ?? proposed;
  const shown = wanted ?? configured;
  const offered = [...new Set(["host", ...keys, ...(shown?.tags ?? [])])].filter(Boolean).sort();
  const toggle = (key: string) => {
    if (!shown) return;
    const tags = shown.tags.includes(key) ? shown.tags.filter((one) => one !== key) : [...shown.tags, key];
    setDraft({ ...shown, tags });
  };
  return (
    <section>
      <h3>Tag configuration</h3>
      <Async query={found}>
        {() =>
          shown ? (
            <>
              <Segments
                label="Mode"
                value={shown.exclude ? "exclude" : "include"}
                options={[
                  { value: "include", label: "Store only" },
                  { value: "exclude", label: "Store all but" },
                ]}
                onChange={(mode) => may && setDraft({ ...shown, exclude: mode === "exclude" })}
              />
              <div className={css.keys}>
                {offered.map((key) => (
                  <button
                    type="button"
                    key={key}
                    aria-pressed={shown.tags.includes(key)}
                    disabled={!may}
                    onClick={() => toggle(key)}
                  >
                    {key}
                  </button>
                ))}
              </div>
              <Notice state="info">
                Points of series that differ in other tags become one series from now on: counts are added,
                gauges averaged. What is stored keeps its tags; what is left out cannot be queried later.
              </Notice>
              <div className={css.buttons}>
                <Button
                  kind="primary"
                  needs="metric_tags_write"
                  disabled={!wanted || save.isPending || unknown}
                  title={unknown ? UNKNOWN_TYPE : undefined}
                  onClick={() => wanted && save.mutate(wanted)}
                >
                  Save
                </Button>
                {draft && <Button onClick={() => setDraft(null)}>Cancel</Button>}
                {found.data && (
                  <Button kind="danger" needs="metric_tags_write" onClick={() => setRemoving(true)}>
                    Delete
                  </Button>
                )}
              </div>
            </>
          ) : (
            <div className={css.buttons}>
              <span className="muted">Every tag is stored.</span>
              <Button
                needs="metric_tags_write"
                onClick={() => setDraft({ tags: keys.filter(Boolean).slice(0, 1), exclude: false })}
              >
                Limit tags
              </Button>
            </div>
          )
        }
      </Async>
      {removing && (
        <Confirm
          title={`Delete the tag configuration of ${metric}?`}
          action="Delete"
          busy={remove.isPending}
          onConfirm={() => remove.mutate()}
          onClose={() => setRemoving(false)}
        >
          Every tag of points that come from now on is stored again.
        </Confirm>
      )}
    </section>
  );
}

interface Stored {
  tags: string[];
  exclude: boolean;
}

/** What is configured, with one more key dropped. */
function without(configured: Stored | undefined, key: string): Stored {
  if (!configured) return { tags: [key], exclude: true };
  const { tags, exclude } = configured;
  if (!exclude) return { tags: tags.filter((one) => one !== key), exclude };
  return { tags: [...new Set([...tags, key])], exclude };
}

export function RuleTag({ row }: { row: MetricRow }) {
  if (!row.rule) return <span className="muted">–</span>;
  return <Tag>{row.rule === "configuration" ? "configured" : row.rule}</Tag>;
}
