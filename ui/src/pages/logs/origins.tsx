/** Which pipelines processed a log, and which processor set each of its attributes. */
import { useQuery } from "@tanstack/react-query";
import { Link } from "wouter";
import { request } from "~/api/client";
import { textOf, valueAt } from "~/explorer/format";
import css from "~/explorer/panels.module.css";
import { Async, Status } from "~/ui";
import { labelOf } from "./processors";
import type { Log } from "./source";

interface Origin {
  pipeline: string;
  pipeline_id: string;
  place: number[];
  kind: string;
  name: string;
  verified: boolean;
  same: boolean;
}

interface Origins {
  pipelines: { id: string; name: string }[];
  origins: Record<string, Origin>;
}

interface OriginsProps {
  row: Log;
  /** The field that was asked about; it is marked. */
  field: string;
}

export function LogOrigins({ row, field }: OriginsProps) {
  const found = useQuery({
    queryKey: ["log-origins", row.id],
    retry: false,
    queryFn: ({ signal }) => request<Origins>("GET", `/api/ui/logs/${row.id}/origins`, { signal }),
  });
  return (
    <Async query={found}>
      {({ pipelines, origins }) => {
        const set = Object.entries(origins);
        const sent = leaves(row.attributes).filter((path) => !origins[path]);
        return (
          <div className={css.details}>
            {pipelines.length === 0 ? (
              <p className="muted">
                No enabled pipeline matches this log. <Link href={newPipeline(row)}>Create a pipeline</Link>{" "}
                for it.
              </p>
            ) : (
              <p>
                Processed by{" "}
                {pipelines.map((one, at) => (
                  <span key={one.id}>
                    {at > 0 && ", "}
                    <Link href={`/logs/pipelines/${one.id}`}>{one.name}</Link>
                  </span>
                ))}
              </p>
            )}
            <p className="muted">
              By the pipelines as they are now: the log is processed again without each attribute.
            </p>
            {set.length > 0 && (
              <table className={css.origins} aria-label="Attributes set by processors">
                <thead>
                  <tr>
                    <th>Attribute</th>
                    <th>Set by</th>
                  </tr>
                </thead>
                <tbody>
                  {set.map(([name, origin]) => (
                    <tr key={name} aria-current={name === field || undefined}>
                      <td>
                        <code>{name}</code> <span className="muted">{textOf(fieldOf(row, name))}</span>
                      </td>
                      <td>
                        <Link href={`/logs/pipelines/${origin.pipeline_id}`}>
                          {origin.name || labelOf(origin.kind)}
                        </Link>{" "}
                        <span className="muted">
                          {labelOf(origin.kind)} of {origin.pipeline}
                        </span>{" "}
                        {!origin.verified && <Status state="info">Probably: its source is gone</Status>}
                        {origin.verified && !origin.same && (
                          <Status state="warn">Sets another value today</Status>
                        )}
                      </td>
                    </tr>
                  ))}
                </tbody>
              </table>
            )}
            {sent.length > 0 && (
              <section>
                <h4>Sent with the log</h4>
                <p>
                  {sent.map((name, at) => (
                    <span key={name}>
                      {at > 0 && ", "}
                      {name === field ? <mark>{name}</mark> : <code>{name}</code>}
                    </span>
                  ))}
                </p>
              </section>
            )}
          </div>
        );
      }}
    </Async>
  );
}

const fieldOf = (row: Log, name: string) =>
  name.startsWith("@") ? valueAt(row.attributes, name.slice(1)) : row[name as keyof Log];

/** The paths of all values, an array being one. */
function leaves(tree: Record<string, unknown>, above = "@"): string[] {
  return Object.entries(tree).flatMap(([key, value]) =>
    value !== null && typeof value === "object" && !Array.isArray(value) && value.constructor === Object
      ? leaves(value as Record<string, unknown>, `${above}${key}.`)
      : [`${above}${key}`],
  );
}

function newPipeline(row: Log): string {
  const query = row.source ? `source:${row.source}` : `service:${row.service}`;
  return `/logs/pipelines/new?${new URLSearchParams({ query })}`;
}
