/** Planning a downtime: scope, monitors, once or repeating, in a time zone of one's own. */

import { useState } from "react";
import { Button, Checkbox, Combobox, Dialog, Field, Input, Segments, TextArea, toast } from "~/ui";
import { useDowntimeChange } from "./api";
import { fromZone, inZone, toField } from "./schedule";

const DAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
const ZONES = ["UTC", ...Intl.supportedValuesOf("timeZone")];

interface Plan {
  scope: string;
  monitorTags: string;
  zone: string;
  start: string;
  end: string;
  repeat: "once" | "days" | "weeks";
  days: string[];
  message: string;
}

function fresh(): Plan {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";
  const now = Math.ceil(Date.now() / 3_600_000) * 3600;
  return {
    scope: "",
    monitorTags: "",
    zone,
    start: toField(now, zone),
    end: toField(now + 3600, zone),
    repeat: "once",
    days: [],
    message: "",
  };
}

/** The body of the public endpoint, or what is wrong with the plan. */
export function bodyOf(plan: Plan): Record<string, unknown> | string {
  const start = fromZone(plan.start, plan.zone);
  const end = plan.end ? fromZone(plan.end, plan.zone) : null;
  if (Number.isNaN(start)) return "Start is required";
  if (end !== null && end <= start) return "End must be after start";
  if (plan.repeat === "weeks" && plan.days.length === 0) return "Select days of the week";
  if (plan.repeat !== "once" && end === null) return "A recurring downtime needs an end";
  const split = (text: string) =>
    text
      .split(",")
      .map((part) => part.trim())
      .filter(Boolean);
  const tags = split(plan.monitorTags);
  return {
    scope: plan.scope.trim() ? split(plan.scope) : ["*"],
    start,
    end,
    timezone: plan.zone,
    message: plan.message || null,
    ...(tags.length > 0 && { monitor_tags: tags }),
    ...(plan.repeat !== "once" && {
      recurrence: { type: plan.repeat, period: 1, ...(plan.repeat === "weeks" && { week_days: plan.days }) },
    }),
  };
}

export function DowntimeDialog({ onClose }: { onClose: () => void }) {
  const [plan, setPlan] = useState(fresh);
  const [problem, setProblem] = useState<string>();
  const change = useDowntimeChange();
  const set = (part: Partial<Plan>) => setPlan({ ...plan, ...part });
  const body = bodyOf(plan);
  const create = async () => {
    try {
      await change.mutateAsync({ method: "POST", path: "/api/v1/downtime", body });
      toast("Downtime scheduled");
      onClose();
    } catch (error) {
      setProblem((error as Error).message);
    }
  };
  const footer = (
    <Button
      kind="primary"
      disabled={typeof body === "string" || change.isPending}
      onClick={() => void create()}
    >
      Schedule
    </Button>
  );
  return (
    <Dialog title="Schedule Downtime" open onClose={onClose} footer={footer} width={640}>
      <div style={{ display: "grid", gap: "var(--s-5)" }}>
        <Field
          label="Group scope"
          hint="For example host:web-1, env:prod. Empty is every group."
          error={problem}
        >
          <Input
            className="mono"
            value={plan.scope}
            onChange={(event) => set({ scope: event.target.value })}
          />
        </Field>
        <Field label="Monitor tags" hint="Empty is all monitors.">
          <Input value={plan.monitorTags} onChange={(event) => set({ monitorTags: event.target.value })} />
        </Field>
        <Field label="Time zone">
          <Combobox
            label="Time zone"
            value={plan.zone}
            options={ZONES}
            onChange={(zone) => zone && set({ zone })}
          />
        </Field>
        <div style={{ display: "grid", gridTemplateColumns: "1fr 1fr", gap: "var(--s-4)" }}>
          <Field label="Start">
            <Input
              type="datetime-local"
              value={plan.start}
              onChange={(event) => set({ start: event.target.value })}
            />
          </Field>
          <Field label="End" hint="Empty: no end date.">
            <Input
              type="datetime-local"
              value={plan.end}
              onChange={(event) => set({ end: event.target.value })}
            />
          </Field>
        </div>
        <Segments
          label="Recurrence"
          value={plan.repeat}
          onChange={(repeat) => set({ repeat })}
          options={[
            { value: "once", label: "Once" },
            { value: "days", label: "Every day" },
            { value: "weeks", label: "Days of the week" },
          ]}
        />
        {plan.repeat === "weeks" && (
          <div style={{ display: "flex", gap: "var(--s-5)" }}>
            {DAYS.map((day) => (
              <Checkbox
                key={day}
                checked={plan.days.includes(day)}
                onChange={(on) =>
                  set({ days: DAYS.filter((other) => (other === day ? on : plan.days.includes(other))) })
                }
              >
                {day}
              </Checkbox>
            ))}
          </div>
        )}
        <Field label="Message" hint="People mentioned with @ are notified, in local time and UTC.">
          <TextArea
            rows={3}
            value={plan.message}
            onChange={(event) => set({ message: event.target.value })}
          />
        </Field>
        <p className="muted">
          {typeof body === "string"
            ? body
            : inZone(Number(body.start), body.end as number | null, "UTC").concat(" UTC")}
        </p>
      </div>
    </Dialog>
  );
}
