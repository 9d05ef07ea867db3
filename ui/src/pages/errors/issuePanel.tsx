/** An issue at the side of the page: state, assignee, trend, versions, newest errors with their traces, history. */

import { useState } from "react";
import { Link } from "wouter";
import { counted } from "~/core/labels";
import { formatMoment } from "~/core/time";
import { writeNumber } from "~/core/units";
import { useUsers } from "~/pages/settings/api";
import { useTimeRange } from "~/shell/timeRange";
import { Async, Button, CodeBlock, DataTable, Drawer, Notice, Properties, Select, Tabs } from "~/ui";
import {
  type ErrorSample,
  type IssueDetails,
  type IssueState,
  STATES,
  useIssue,
  useIssueAssignee,
  useIssueState,
} from "./api";
import { IssueStatus, Trend } from "./issues";
import css from "./issues.module.css";

export function IssuePanel({ id, onClose }: { id: string; onClose: () => void }) {
  const { range } = useTimeRange();
  const query = useIssue(id, range);
  const issue = query.data?.issue;
  const title = (
    <span className={css.title}>
      <span className="truncate">{issue ? issue.type || "Error" : "Issue"}</span>
      {issue && <IssueStatus issue={issue} now={range.to} />}
    </span>
  );
  return (
    <Drawer title={title} open onClose={onClose} width={860}>
      <Async query={query}>{(details) => <Details details={details} now={range.to} />}</Async>
    </Drawer>
  );
}

function Details({ details, now }: { details: IssueDetails; now: number }) {
  const { issue, versions, samples, activity } = details;
  const search = `service:${issue.service} status:error`;
  return (
    <div className={css.details}>
      <p className={css.message}>{issue.message}</p>
      <Decisions details={details} />
      <Properties
        items={[
          [
            "Service",
            <Link key="s" href={`/apm/services/${encodeURIComponent(issue.service)}`}>
              {issue.service}
            </Link>,
          ],
          ["Location", [issue.function, issue.file].filter(Boolean).join(" in ")],
          ["First seen", `${formatMoment(issue.first_seen * 1000)}${inVersion(issue.first_version)}`],
          ["Last seen", `${formatMoment(issue.last_seen * 1000)}${inVersion(issue.last_version)}`],
          ["In the selected time range", `${counted(issue.count, "error")}, ${counted(issue.users, "user")}`],
          ["In total", writeNumber(issue.total)],
        ]}
      />
      {issue.regressed_at && issue.state === "OPEN" && (
        <Notice state="alert">
          ◆ Back since {formatMoment(issue.regressed_at * 1000)} after it was resolved
        </Notice>
      )}
      <Trend values={issue.trend} height={48} />
      <p className={css.roads}>
        <Link href={`/apm/traces?spans=all&query=${encodeURIComponent(search)}`}>View in Trace Explorer</Link>
        <Link href={`/logs?query=${encodeURIComponent(search)}`}>View related logs</Link>
      </p>
      <Tabs
        items={[
          { value: "samples", label: `Errors ${samples.length}`, content: <Samples samples={samples} /> },
          {
            value: "versions",
            label: `Versions ${versions.length}`,
            content: (
              <div style={{ height: 40 + versions.length * 30 }}>
                <DataTable
                  label="Versions"
                  rows={versions}
                  rowKey={(row) => row.version}
                  columns={[
                    { key: "version", title: "Version", cell: (row) => row.version || "none" },
                    { key: "count", title: "Errors", number: true, cell: (row) => writeNumber(row.count) },
                    { key: "first", title: "First seen", cell: (row) => formatMoment(row.first_seen * 1000) },
                    { key: "last", title: "Last seen", cell: (row) => formatMoment(row.last_seen * 1000) },
                  ]}
                />
              </div>
            ),
          },
          {
            value: "activity",
            label: "Activity",
            content: (
              <ul className={css.activity}>
                {activity.map((one) => (
                  <li key={`${one.time} ${one.change}`}>
                    <small className="num muted">{formatMoment(one.time * 1000)}</small> {one.change}
                    {one.user && <span className="muted"> by {one.user}</span>}
                  </li>
                ))}
                <li>
                  <small className="num muted">{formatMoment(issue.first_seen * 1000)}</small> First seen
                  {inVersion(issue.first_version)}
                </li>
              </ul>
            ),
          },
        ]}
      />
      <small className="muted">Updated {formatMoment(now)}</small>
    </div>
  );
}

const inVersion = (version: string) => (version ? ` in ${version}` : "");

function Decisions({ details: { issue } }: { details: IssueDetails }) {
  const state = useIssueState(issue.id);
  const assignee = useIssueAssignee(issue.id);
  const users = useUsers().data ?? [];
  const failure = state.error ?? assignee.error;
  return (
    <>
      <div className={css.decisions}>
        <Select
          label="Status"
          value={issue.state}
          onChange={(value) => state.mutate(value)}
          options={Object.entries(STATES).map(([value, label]) => ({ value: value as IssueState, label }))}
        />
        <Select
          label="Assignee"
          value={issue.assignee?.id ?? ""}
          onChange={(value) => assignee.mutate(value)}
          options={[
            { value: "", label: "Nobody" },
            ...users.map((user) => ({
              value: user.id,
              label: user.attributes.name || user.attributes.email,
            })),
          ]}
        />
        {issue.state !== "RESOLVED" && (
          <Button kind="primary" onClick={() => state.mutate("RESOLVED")}>
            Resolve
          </Button>
        )}
      </div>
      {failure && <Notice state="alert">Could not save. {(failure as Error).message}</Notice>}
    </>
  );
}

/** One error at a time, the newest first. */
function Samples({ samples }: { samples: readonly ErrorSample[] }) {
  const [at, setAt] = useState(0);
  const sample = samples[Math.min(at, samples.length - 1)];
  if (!sample) return <p className="muted">No errors in the selected time range</p>;
  return (
    <div className={css.sample}>
      <div className={css.decisions}>
        <Button size="small" disabled={at === 0} onClick={() => setAt(at - 1)}>
          Newer
        </Button>
        <Button size="small" disabled={at >= samples.length - 1} onClick={() => setAt(at + 1)}>
          Older
        </Button>
        <span className="num muted">
          {at + 1} of {samples.length}
        </span>
        {sample.trace_id && (
          <Link href={`/apm/trace/${sample.trace_id}?spanID=${sample.span_id}`}>View trace</Link>
        )}
      </div>
      <p className={css.message}>
        <b>{sample.type}</b> {sample.message}
      </p>
      {sample.stack && <CodeBlock code={sample.stack} />}
      <Properties
        items={(
          [
            ["Time", formatMoment(sample.time * 1000)],
            ["Source", sample.source],
            ["Env", sample.env],
            ["Version", sample.version],
            ["Host", sample.host],
            ["Resource", sample.resource],
            ["User", sample.user],
          ] as const
        ).filter(([, value]) => value)}
      />
    </div>
  );
}
