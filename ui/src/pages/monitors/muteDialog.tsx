/** Muting a monitor, or one group of it, for a while: a downtime with a reason. */

import { useState } from "react";
import { Button, Dialog, Field, Input, Select, TextArea, toast } from "~/ui";
import { useDowntimeChange } from "./api";
import { endOf, LENGTHS } from "./mute";

interface Props {
  /** What is muted, in the title. */
  name: string;
  /** Of a monitor; without it all monitors are muted in the scope. */
  monitor?: number;
  /** The groups that can be chosen, tags joined by commas; the first is chosen. */
  scopes?: readonly string[];
  /** The group that is chosen at first, in place of the first. */
  chosen?: string;
  onClose: () => void;
}

export function MuteDialog({ name, monitor, scopes: given = ["*"], chosen, onClose }: Props) {
  const scopes = chosen && !given.includes(chosen) ? [chosen, ...given] : given;
  const [scope, setScope] = useState(chosen ?? scopes[0] ?? "*");
  const [length, setLength] = useState("1h");
  const [date, setDate] = useState("");
  const [message, setMessage] = useState("");
  const [problem, setProblem] = useState<string>();
  const change = useDowntimeChange();
  const end = endOf(length, new Date(), date);
  const valid = end === null || end * 1000 > Date.now();
  const mute = async () => {
    const body = {
      scope: scope.split(","),
      // From now, however long the dialog was open.
      end: endOf(length, new Date(), date),
      message: message.trim() || null,
      ...(monitor !== undefined && { monitor_id: monitor }),
    };
    try {
      await change.mutateAsync({ method: "POST", path: "/api/v1/downtime", body });
      toast("Muted");
      onClose();
    } catch (error) {
      setProblem((error as Error).message);
    }
  };
  const footer = (
    <>
      <Button onClick={onClose}>Cancel</Button>
      <Button kind="primary" disabled={!valid || change.isPending} onClick={() => void mute()}>
        Mute
      </Button>
    </>
  );
  return (
    <Dialog title={`Mute ${name}`} open onClose={onClose} footer={footer} width={480}>
      <div style={{ display: "grid", gap: "var(--s-4)" }}>
        {scopes.length > 1 && (
          <Select
            label="Group"
            value={scope}
            options={scopes.map((value) => ({ value, label: value === "*" ? "All groups" : value }))}
            onChange={setScope}
          />
        )}
        <Select label="Duration" value={length} options={LENGTHS} onChange={setLength} />
        {length === "date" && (
          <Field label="End" error={valid ? undefined : "End must be in the future"}>
            <Input type="datetime-local" value={date} onChange={(event) => setDate(event.target.value)} />
          </Field>
        )}
        <Field label="Reason" hint="People mentioned with @ are notified." error={problem}>
          <TextArea rows={2} value={message} onChange={(event) => setMessage(event.target.value)} />
        </Field>
      </div>
    </Dialog>
  );
}
