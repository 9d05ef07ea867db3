/** The form of a new historical view, with the size of its scan. */
import { useState } from "react";
import { NumberFormat } from "~/core/units";
import { formatWhole } from "~/explorer/format";
import { Button, Dialog, Field, Input, Notice, Select } from "~/ui";
import css from "./config.module.css";
import { useConfigChange } from "./configApi";
import { FilterField } from "./filterField";
import { createView, type ReadableArchive, useScanSize } from "./rehydrationApi";
import {
  isName,
  MAX_LATE_HOURS,
  MAX_LOGS,
  MAX_RETENTION_DAYS,
  periodOf,
  periodProblem,
  timeField,
  wholeNumber,
} from "./rehydrationForm";

const WRITE = "logs_write_historical_view";
const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const NO_PERIOD = { from: 0, to: 0, live: false };

const bytes = new NumberFormat([{ name: "byte_in_decimal_bytes_family" }]);
export const formatBytes = (count: number) => bytes.format(count);

interface RehydrationDialogProps {
  archives: ReadableArchive[];
  onClose: () => void;
}

export function RehydrationDialog({ archives, onClose }: RehydrationDialogProps) {
  const [archive, setArchive] = useState(archives[0]?.id ?? "");
  const [start, setStart] = useState(() => timeField(Date.now() - DAY));
  const [end, setEnd] = useState(() => timeField(Date.now()));
  const [name, setName] = useState("");
  const [filter, setFilter] = useState("");
  const [limitText, setLimit] = useState("1,000,000");
  const [daysText, setDays] = useState("15");
  const [lateText, setLate] = useState("1");
  const period = periodOf(start, end);
  const limit = wholeNumber(limitText, 1, MAX_LOGS);
  const days = wholeNumber(daysText, 1, MAX_RETENTION_DAYS);
  const late = wholeNumber(lateText, 0, MAX_LATE_HOURS);
  const chosen = archives.find((one) => one.id === archive);
  const create = useConfigChange(createView, "Rehydration started");
  const valid = period && limit && days && late !== null && isName(name) && archive;
  const submit = () => {
    if (!valid) return;
    const asked = { archive, name, query: filter || "*", limit, retention_days: days, late_hours: late };
    create.mutate({ ...asked, ...period }, { onSuccess: onClose });
  };
  const footer = (
    <>
      <Button onClick={onClose}>Cancel</Button>
      <Button kind="primary" needs={WRITE} disabled={!valid || create.isPending} onClick={submit}>
        Rehydrate
      </Button>
    </>
  );
  return (
    <Dialog title="New historical view" open onClose={onClose} footer={footer} width={760}>
      <div className={css.form}>
        <div className={css.trio}>
          <Field label="From">
            <Input type="datetime-local" value={start} onChange={(event) => setStart(event.target.value)} />
          </Field>
          <Field label="To" error={periodProblem(start, end)}>
            <Input type="datetime-local" value={end} onChange={(event) => setEnd(event.target.value)} />
          </Field>
          <Field
            label="Late logs (hours)"
            hint="Files are read of so many hours after the end, for logs that arrived late"
            error={late === null ? `0 to ${MAX_LATE_HOURS}` : undefined}
          >
            <Input inputMode="numeric" value={lateText} onChange={(event) => setLate(event.target.value)} />
          </Field>
        </div>
        <div className={css.row}>
          <Select
            label="Archive"
            value={archive}
            options={archives.map((one) => ({ value: one.id, label: one.name }))}
            onChange={setArchive}
          />
          <Estimate archive={archive} period={period} late={late} />
        </div>
        <Field
          label="Name"
          hint="The view is found by it in the explorer"
          error={
            name && !isName(name)
              ? "A lower-case letter, then lower-case letters, digits and '-', at most 100"
              : undefined
          }
        >
          <Input className={css.code} value={name} onChange={(event) => setName(event.target.value)} />
        </Field>
        <div>
          <span className={css.label}>Query</span>
          <FilterField label="Query" value={filter} onChange={setFilter} />
          {chosen && !chosen.include_tags && (
            <span className="muted">This archive has no tags of logs: they cannot be searched.</span>
          )}
        </div>
        <div className={css.trio}>
          <Field
            label="Maximum logs"
            hint="Reading stops there"
            error={limit === null ? `1 to ${formatWhole(MAX_LOGS)}` : undefined}
          >
            <Input inputMode="numeric" value={limitText} onChange={(event) => setLimit(event.target.value)} />
          </Field>
          <Field
            label="Kept for (days)"
            hint="From the end of the reading"
            error={days === null ? `1 to ${MAX_RETENTION_DAYS}` : undefined}
          >
            <Input inputMode="numeric" value={daysText} onChange={(event) => setDays(event.target.value)} />
          </Field>
        </div>
        {create.error && <Notice state="alert">{create.error.message}</Notice>}
      </div>
    </Dialog>
  );
}

interface EstimateProps {
  archive: string;
  period: { from: number; to: number } | null;
  late: number | null;
}

function Estimate({ archive, period, late }: EstimateProps) {
  const size = useScanSize(archive, period ? { ...period, live: false } : NO_PERIOD, late);
  if (size.error) return <Notice state="alert">{size.error.message}</Notice>;
  if (!size.data) return <span className="muted">{size.isFetching ? "Estimating the scan" : ""}</span>;
  const { files, bytes: total, max_scan_gb: most } = size.data;
  const isTooLarge = most !== null && total > most * 1e9;
  return (
    <span className={isTooLarge ? undefined : "muted"} role="status">
      Scan: {formatWhole(files)} files, {formatBytes(total)} compressed
      {isTooLarge && `, more than the ${formatWhole(most)} GB that the archive allows`}
    </span>
  );
}
