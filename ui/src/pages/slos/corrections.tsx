/** The corrections of an SLO: time that does not count. */

import { useState } from "react";
import { Button, Dialog, Empty, Field, IconButton, Input, Panel, Select, TextArea, toast } from "~/ui";
import { CATEGORIES, type Slo, useCorrections, useSloChange } from "./api";
import { formatTime } from "./format";

export function Corrections({ slo }: { slo: Slo }) {
  const query = useCorrections(slo.id);
  const change = useSloChange();
  const [adding, setAdding] = useState(false);
  const remove = async (id: string) => {
    try {
      await change.mutateAsync({ method: "DELETE", path: `/api/v1/slo/correction/${id}` });
      toast("Deleted");
    } catch (error) {
      toast((error as Error).message, "alert");
    }
  };
  const add = (
    <Button icon="plus" needs="slos_corrections" onClick={() => setAdding(true)}>
      Correct status
    </Button>
  );
  const found = query.data ?? [];
  return (
    <Panel title="Corrections" actions={add}>
      {found.length === 0 ? (
        <Empty title="No corrections">
          Time of maintenance or deployments can be left out of the status.
        </Empty>
      ) : (
        <ul
          style={{
            listStyle: "none",
            margin: 0,
            padding: "0 var(--s-5) var(--s-4)",
            display: "grid",
            gap: "var(--s-2)",
          }}
        >
          {found.map(({ id, attributes: one }) => (
            <li key={id} style={{ display: "flex", gap: "var(--s-4)", alignItems: "center" }}>
              <b>{one.category}</b>
              <span>
                {formatTime(one.start)}
                {one.rrule
                  ? `, ${one.rrule}, ${Math.round((one.duration ?? 0) / 60)} min each`
                  : one.end && ` to ${formatTime(one.end)}`}
              </span>
              <span className="muted truncate" style={{ flex: 1 }}>
                {one.description}
              </span>
              <IconButton
                icon="trash"
                label="Delete correction"
                needs="slos_corrections"
                onClick={() => void remove(id)}
              />
            </li>
          ))}
        </ul>
      )}
      {adding && <CorrectionDialog slo={slo} onClose={() => setAdding(false)} />}
    </Panel>
  );
}

const field = (milliseconds: number) => {
  const local = new Date(milliseconds - new Date(milliseconds).getTimezoneOffset() * 60_000);
  return local.toISOString().slice(0, 16);
};

function CorrectionDialog({ slo, onClose }: { slo: Slo; onClose: () => void }) {
  const [category, setCategory] = useState(CATEGORIES[0]!);
  const [start, setStart] = useState(() => field(Date.now() - 3_600_000));
  const [end, setEnd] = useState(() => field(Date.now()));
  const [description, setDescription] = useState("");
  const [problem, setProblem] = useState<string>();
  const change = useSloChange();
  const [first, last] = [Date.parse(start) / 1000, Date.parse(end) / 1000];
  const valid = first < last;
  const save = async () => {
    const attributes = { slo_id: slo.id, category, start: first, end: last, description };
    try {
      const body = { data: { type: "correction", attributes } };
      await change.mutateAsync({ method: "POST", path: "/api/v1/slo/correction", body });
      toast("Saved");
      onClose();
    } catch (error) {
      setProblem((error as Error).message);
    }
  };
  const footer = (
    <>
      <Button onClick={onClose}>Cancel</Button>
      <Button kind="primary" disabled={!valid || change.isPending} onClick={() => void save()}>
        Save
      </Button>
    </>
  );
  return (
    <Dialog title="Correct status" open onClose={onClose} footer={footer} width={520}>
      <div style={{ display: "grid", gap: "var(--s-4)" }}>
        <Select
          label="Correction type"
          value={category}
          options={CATEGORIES.map((value) => ({ value, label: value }))}
          onChange={setCategory}
        />
        <div style={{ display: "grid", gridTemplateColumns: "1fr 1fr", gap: "var(--s-4)" }}>
          <Field label="Start">
            <Input type="datetime-local" value={start} onChange={(event) => setStart(event.target.value)} />
          </Field>
          <Field label="End" error={valid ? undefined : "End must be after start"}>
            <Input type="datetime-local" value={end} onChange={(event) => setEnd(event.target.value)} />
          </Field>
        </div>
        <Field label="Notes" error={problem}>
          <TextArea rows={2} value={description} onChange={(event) => setDescription(event.target.value)} />
        </Field>
      </div>
    </Dialog>
  );
}
