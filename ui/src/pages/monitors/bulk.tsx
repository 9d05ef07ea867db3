/** What is done with many monitors at once: mute, unmute, tag, delete, export. */
import { useState } from "react";
import { request } from "~/api/client";
import { Button, Confirm, Dialog, Field, Input, Menu, MenuItem, Select, toast } from "~/ui";
import { type Monitor, useMonitorChange } from "./api";
import { exportMonitors } from "./export";
import { changedTags, isMuted } from "./facets";
import { endOf, LENGTHS } from "./mute";

interface Props {
  monitors: readonly Monitor[];
  onDone: () => void;
}

type Step = "mute" | "tags" | "delete";

export function BulkActions({ monitors, onDone }: Props) {
  const [step, setStep] = useState<Step>();
  const [busy, setBusy] = useState(false);
  const change = useMonitorChange();
  const many = `${monitors.length} ${monitors.length === 1 ? "monitor" : "monitors"}`;

  /** One after the other, so that a failure is told of its monitor, and the rest is done. */
  const each = async (done: string, act: (monitor: Monitor) => Promise<unknown>) => {
    setBusy(true);
    const failed: string[] = [];
    for (const monitor of monitors) {
      try {
        await act(monitor);
      } catch (error) {
        failed.push(`${monitor.name}: ${(error as Error).message}`);
      }
    }
    setBusy(false);
    setStep(undefined);
    const rest = monitors.length - failed.length;
    if (rest > 0) toast(`${done} ${rest} of ${monitors.length}`);
    if (failed.length > 0) toast(failed.slice(0, 3).join("\n"), "alert");
    onDone();
  };
  const unmute = () =>
    each("Unmuted", async (monitor) => {
      const path = `/api/v1/monitor/${monitor.id}`;
      const active = await request<{ id: number; monitor_id: number | null }[]>("GET", `${path}/downtimes`);
      for (const one of active.filter((item) => item.monitor_id === monitor.id))
        await request("DELETE", `/api/v1/downtime/${one.id}`);
      await change.mutateAsync({ method: "POST", path: `${path}/unmute`, body: { all_scopes: true } });
    });
  return (
    <>
      <span className="num">{many} selected</span>
      <Button size="small" icon="mute" needs="monitors_downtime" onClick={() => setStep("mute")}>
        Mute
      </Button>
      {monitors.some(isMuted) && (
        <Button size="small" needs="monitors_downtime" disabled={busy} onClick={() => void unmute()}>
          Unmute
        </Button>
      )}
      <Button size="small" needs="monitors_write" onClick={() => setStep("tags")}>
        Edit tags
      </Button>
      <Menu trigger={<Button size="small">Export</Button>}>
        <MenuItem onSelect={() => void exportMonitors({ ids: monitors.map(({ id }) => id) }, "json")}>
          JSON
        </MenuItem>
        <MenuItem onSelect={() => void exportMonitors({ ids: monitors.map(({ id }) => id) }, "terraform")}>
          Terraform
        </MenuItem>
      </Menu>
      <Button size="small" icon="trash" needs="monitors_write" onClick={() => setStep("delete")}>
        Delete
      </Button>
      <Button size="small" kind="ghost" onClick={onDone}>
        Clear selection
      </Button>
      {step === "mute" && (
        <MuteMany
          title={`Mute ${many}`}
          busy={busy}
          onClose={() => setStep(undefined)}
          onMute={(end, message) =>
            void each("Muted", (monitor) =>
              change.mutateAsync({
                method: "POST",
                path: "/api/v1/downtime",
                body: { scope: ["*"], monitor_id: monitor.id, end, message: message || null },
              }),
            )
          }
        />
      )}
      {step === "tags" && (
        <TagMany
          title={`Tags of ${many}`}
          busy={busy}
          onClose={() => setStep(undefined)}
          onChange={(add, remove) =>
            void each("Changed", (monitor) =>
              change.mutateAsync({
                method: "PUT",
                path: `/api/v1/monitor/${monitor.id}`,
                body: { tags: changedTags(monitor.tags, add, remove) },
              }),
            )
          }
        />
      )}
      {step === "delete" && (
        <Confirm
          title={`Delete ${many}?`}
          action="Delete"
          busy={busy}
          onClose={() => setStep(undefined)}
          onConfirm={() =>
            void each("Deleted", (monitor) =>
              change.mutateAsync({ method: "DELETE", path: `/api/v1/monitor/${monitor.id}` }),
            )
          }
        >
          Monitors that SLOs or composite monitors use are left, with the reason.
        </Confirm>
      )}
    </>
  );
}

interface MuteManyProps {
  title: string;
  busy: boolean;
  onMute: (end: number | null, message: string) => void;
  onClose: () => void;
}

function MuteMany({ title, busy, onMute, onClose }: MuteManyProps) {
  const [length, setLength] = useState("1h");
  const [date, setDate] = useState("");
  const [message, setMessage] = useState("");
  const end = endOf(length, new Date(), date);
  const footer = (
    <>
      <Button onClick={onClose}>Cancel</Button>
      <Button
        kind="primary"
        disabled={busy || (end !== null && !(end * 1000 > Date.now()))}
        onClick={() => onMute(end, message.trim())}
      >
        Mute
      </Button>
    </>
  );
  return (
    <Dialog title={title} open onClose={onClose} footer={footer} width={440}>
      <div style={{ display: "grid", gap: "var(--s-4)" }}>
        <Select label="Duration" value={length} options={LENGTHS} onChange={setLength} />
        {length === "date" && (
          <Field label="End">
            <Input type="datetime-local" value={date} onChange={(event) => setDate(event.target.value)} />
          </Field>
        )}
        <Field label="Reason">
          <Input value={message} onChange={(event) => setMessage(event.target.value)} />
        </Field>
      </div>
    </Dialog>
  );
}

interface TagManyProps {
  title: string;
  busy: boolean;
  onChange: (add: string[], remove: string[]) => void;
  onClose: () => void;
}

const split = (text: string) =>
  text
    .split(",")
    .map((tag) => tag.trim())
    .filter(Boolean);

function TagMany({ title, busy, onChange, onClose }: TagManyProps) {
  const [add, setAdd] = useState("");
  const [remove, setRemove] = useState("");
  const footer = (
    <>
      <Button onClick={onClose}>Cancel</Button>
      <Button
        kind="primary"
        disabled={busy || (!add.trim() && !remove.trim())}
        onClick={() => onChange(split(add), split(remove))}
      >
        Change tags
      </Button>
    </>
  );
  return (
    <Dialog title={title} open onClose={onClose} footer={footer} width={440}>
      <div style={{ display: "grid", gap: "var(--s-4)" }}>
        <Field label="Add">
          <Input
            value={add}
            placeholder="team:web, env:prod"
            onChange={(event) => setAdd(event.target.value)}
          />
        </Field>
        <Field label="Remove">
          <Input value={remove} placeholder="team:old" onChange={(event) => setRemove(event.target.value)} />
        </Field>
      </div>
    </Dialog>
  );
}
