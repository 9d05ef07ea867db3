/** Logs > Rehydration: historical views, which are logs that are read back from an archive. */
import { useState } from "react";
import { Link } from "wouter";
import { formatMoment, rangeToParams } from "~/core/time";
import { formatWhole } from "~/explorer/format";
import { Page } from "~/shell/page";
import { Async, Button, Confirm, Empty, IconButton, Notice, Status, useMay } from "~/ui";
import css from "./config.module.css";
import { useConfigChange } from "./configApi";
import {
  cancelView,
  deleteHistoricalView,
  type HistoricalView,
  resumeView,
  useHistoricalViews,
} from "./rehydrationApi";
import { formatBytes, RehydrationDialog } from "./rehydrationDialog";

const WRITE = "logs_write_historical_view";

export default function Rehydration() {
  const query = useHistoricalViews();
  const may = useMay(WRITE);
  const [adding, setAdding] = useState(false);
  const [deleting, setDeleting] = useState<HistoricalView>();
  const cancel = useConfigChange(cancelView, "Canceled");
  const resume = useConfigChange(resumeView, "Resumed");
  const remove = useConfigChange(deleteHistoricalView, "Historical view deleted");
  const create = (
    <Button
      kind="primary"
      icon="plus"
      needs={WRITE}
      disabled={!query.data?.archives.length || !query.data.configured}
      onClick={() => setAdding(true)}
    >
      New historical view
    </Button>
  );
  return (
    <Page title="Rehydrate from Archives" actions={create}>
      <p className="muted">
        A historical view has the logs of an archive that match a search, to be read in the explorer for some
        days. Monitors, metrics and usage do not count them.
      </p>
      <Async query={query}>
        {({ views, archives, configured }) => (
          <>
            {!configured && (
              <Notice state="info">
                <span>
                  Archives need the credentials of a store, which an operator of the server sets (
                  <code>HEELER_S3_ACCESS_KEY_ID</code>).
                </span>
              </Notice>
            )}
            {views.length === 0 ? (
              <Empty
                title="No historical views found"
                actions={configured && archives.length > 0 ? create : undefined}
              >
                {archives.length > 0 ? (
                  "Logs that are not stored any more, or that an index excluded, can be read back."
                ) : (
                  <>
                    There is no archive that you may read. <Link href="/logs/archives">Archives</Link>
                  </>
                )}
              </Empty>
            ) : (
              <ul className={css.ordered} aria-label="Historical views">
                {views.map((one) => (
                  <li key={one.name}>
                    <div className={css.item}>
                      <ViewRow
                        view={one}
                        may={may}
                        onCancel={() => cancel.mutate(one.name)}
                        onResume={() => resume.mutate(one.name)}
                        onDelete={() => setDeleting(one)}
                      />
                    </div>
                  </li>
                ))}
              </ul>
            )}
            {adding && <RehydrationDialog archives={archives} onClose={() => setAdding(false)} />}
          </>
        )}
      </Async>
      {deleting && (
        <Confirm
          title={`Delete the historical view ${deleting.name}?`}
          action="Delete"
          busy={remove.isPending}
          onClose={() => setDeleting(undefined)}
          onConfirm={() => remove.mutate(deleting.name, { onSuccess: () => setDeleting(undefined) })}
        >
          Its logs are removed from the explorer. The files of the archive stay in the bucket.
        </Confirm>
      )}
    </Page>
  );
}

interface ViewRowProps {
  view: HistoricalView;
  may: boolean;
  onCancel: () => void;
  onResume: () => void;
  onDelete: () => void;
}

function ViewRow({ view, may, onCancel, onResume, onDelete }: ViewRowProps) {
  const { name, state, progress } = view;
  const [from, to] = [Date.parse(view.from), Date.parse(view.to)];
  const address = new URLSearchParams({ index: name, ...rangeToParams({ from, to, live: false }) });
  return (
    <>
      <div className={css.row}>
        <Link href={`/logs?${address}`} className={css.title}>
          {name}
        </Link>
        <span className={`${css.query} ${css.grow}`}>{view.query || "*"}</span>
        <ViewState state={state} />
        <span className="num">{formatWhole(progress.found)} logs</span>
        {(state === "pending" || state === "running") && (
          <Button size="small" needs={WRITE} onClick={onCancel}>
            Cancel
          </Button>
        )}
        {(state === "failed" || state === "canceled") && (
          <Button size="small" needs={WRITE} onClick={onResume}>
            Resume
          </Button>
        )}
        <IconButton icon="trash" label={`Delete ${name}`} disabled={!may} onClick={onDelete} />
      </div>
      <div className="muted num">
        {[
          view.archive.name ?? "A deleted archive",
          `${formatMoment(from, false)} – ${formatMoment(to, false)}`,
          `scanned ${formatWhole(progress.files)} of ${formatWhole(progress.total_files)} files, ` +
            `${formatBytes(progress.bytes)} of ${formatBytes(progress.total_bytes)}, ` +
            `${formatWhole(progress.logs)} logs`,
          view.owner,
          view.expires
            ? `expires ${formatMoment(Date.parse(view.expires), false)}`
            : `kept for ${view.retention_days} days`,
        ].join(" · ")}
      </div>
      <Remarks view={view} />
    </>
  );
}

/** What is not as one would expect: duplicates, damage, the limit. */
function Remarks({ view }: { view: HistoricalView }) {
  const { duplicates, damaged_files, damaged_lines, limited } = view.progress;
  const leftOut = [
    [duplicates, "duplicates"],
    [damaged_files, "damaged or missing files"],
    [damaged_lines, "lines that are no logs"],
  ] as const;
  const counted = leftOut
    .filter(([count]) => count > 0)
    .map(([count, what]) => `${formatWhole(count)} ${what}`);
  const remarks = [
    limited && `The limit of ${formatWhole(view.limit)} logs was reached: there may be more.`,
    counted.length > 0 && `Left out: ${counted.join(", ")}.`,
  ].filter(Boolean);
  return (
    <>
      {remarks.length > 0 && <div className="muted">{remarks.join(" ")}</div>}
      {view.error && <Notice state={view.state === "failed" ? "alert" : "warn"}>{view.error}</Notice>}
    </>
  );
}

function ViewState({ state }: { state: HistoricalView["state"] }) {
  if (state === "active") return <Status state="ok">Active</Status>;
  if (state === "failed") return <Status state="alert">Failed</Status>;
  if (state === "canceled") return <Status state="warn">Canceled</Status>;
  return <Status state="nodata">{state === "running" ? "Reading" : "Pending"}</Status>;
}
