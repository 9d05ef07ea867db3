/** Downtimes: when monitors notify nobody. Times are shown in the downtime's own zone and in UTC. */

import { useState } from "react";
import { Page } from "~/shell/page";
import {
  Async,
  ask,
  Button,
  type Column,
  DataTable,
  Empty,
  IconButton,
  Segments,
  Status,
  Toolbar,
  toast,
  useDenied,
} from "~/ui";
import { type Downtime, useDowntimeChange, useDowntimes } from "./api";
import { DowntimeDialog } from "./downtimeDialog";
import { inZone, recurrenceText, zoned } from "./schedule";

type Shown = "current" | "past";

export default function Downtimes() {
  const query = useDowntimes();
  const [shown, setShown] = useState<Shown>("current");
  const [adding, setAdding] = useState(false);
  const [editing, setEditing] = useState<Downtime>();
  const add = (
    <Button kind="primary" icon="plus" needs="monitors_downtime" onClick={() => setAdding(true)}>
      Schedule downtime
    </Button>
  );
  const past = (downtime: Downtime) => downtime.disabled || ["ended", "canceled"].includes(downtime.status);
  return (
    <Page title="Downtimes" fill actions={add}>
      <Toolbar>
        <Segments
          label="Shown"
          value={shown}
          onChange={setShown}
          options={[
            { value: "current", label: "Active and scheduled" },
            { value: "past", label: "Past" },
          ]}
        />
      </Toolbar>
      <Async query={query}>
        {(downtimes) => {
          const rows = downtimes.filter((downtime) => past(downtime) === (shown === "past"));
          if (rows.length === 0) {
            return (
              <Empty title={shown === "past" ? "No past downtimes" : "No downtime is planned"} actions={add}>
                During a downtime monitors are evaluated, but nobody is notified.
              </Empty>
            );
          }
          return (
            <DataTable
              label="Downtimes"
              rows={rows}
              columns={columns(setEditing)}
              rowKey={(row) => String(row.id)}
              rowHeight={48}
            />
          );
        }}
      </Async>
      {adding && <DowntimeDialog onClose={() => setAdding(false)} />}
      {editing && (
        <DowntimeDialog key={editing.id} existing={editing} onClose={() => setEditing(undefined)} />
      )}
    </Page>
  );
}

function columns(edit: (downtime: Downtime) => void): Column<Downtime>[] {
  return [
    {
      key: "status",
      title: "Status",
      width: "120px",
      sort: (row) => row.status,
      cell: (row) => (
        <Status state={row.active ? "info" : "nodata"}>{row.active ? "active" : row.status}</Status>
      ),
    },
    {
      key: "scope",
      title: "Scope",
      width: "minmax(110px, 0.6fr)",
      sort: (row) => row.scope.join(),
      cell: (row) => <code>{row.scope.join(", ")}</code>,
    },
    {
      key: "monitors",
      title: "Monitors",
      width: "90px",
      cell: (row) =>
        row.monitor_id ? `#${row.monitor_id}` : row.monitor_tags.join(", ").replace(/^\*$/, "all"),
    },
    {
      key: "when",
      title: "When",
      width: "minmax(345px, 1fr)",
      sort: (row) => (row.active_child ?? row).start,
      cell: (row) => {
        const { start, end } = row.active_child ?? row;
        return (
          <span>
            {inZone(start, end, row.timezone)}
            <br />
            <small className="muted">
              {row.timezone === "UTC" ? "UTC" : `${inZone(start, end, "UTC")} UTC`}
            </small>
          </span>
        );
      },
    },
    {
      key: "repeats",
      title: "Repeats",
      width: "minmax(255px, 1fr)",
      cell: (row) => (
        <span className="truncate" title={recurrenceText(row)}>
          {recurrenceText(row)}
        </span>
      ),
    },
    {
      key: "message",
      title: "Message",
      width: "minmax(120px, 0.6fr)",
      cell: (row) => (
        <span className="truncate" title={row.message ?? ""}>
          {row.message}
        </span>
      ),
    },
    {
      key: "cancel",
      title: "",
      width: "76px",
      cell: (row) => <RowActions downtime={row} onEdit={() => edit(row)} />,
    },
  ];
}

function RowActions({ downtime, onEdit }: { downtime: Downtime; onEdit: () => void }) {
  const change = useDowntimeChange();
  const denied = useDenied("monitors_downtime");
  if (downtime.disabled || ["ended", "canceled"].includes(downtime.status)) return null;
  const cancel = async () => {
    const title = `Cancel the downtime of ${downtime.scope.join(", ")} from ${zoned(downtime.start, downtime.timezone)}?`;
    if (!(await ask({ title, text: "Alerts notify again.", action: "Cancel downtime" }))) return;
    await change.mutateAsync({ method: "DELETE", path: `/api/v1/downtime/${downtime.id}` });
    toast("Canceled");
  };
  return (
    <span>
      <IconButton
        small
        icon="edit"
        label={denied ?? "Edit downtime"}
        disabled={denied !== undefined}
        onClick={onEdit}
      />
      <IconButton
        small
        icon="trash"
        label={denied ?? "Cancel downtime"}
        disabled={denied !== undefined}
        onClick={() => void cancel()}
      />
    </span>
  );
}
