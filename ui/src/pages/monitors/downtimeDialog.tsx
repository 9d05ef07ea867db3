/** Planning a downtime: scope, monitors, once or repeating, in a time zone of one's own. */

import { useQuery } from "@tanstack/react-query";
import { useDeferredValue, useState } from "react";
import { request } from "~/api/client";
import { Button, Checkbox, Combobox, Dialog, Field, Input, Segments, TextArea, toast } from "~/ui";
import { type Downtime, useDowntimeChange } from "./api";
import { fromZone, inZone, toField } from "./schedule";
import { ScopeInput } from "./scopeInput";

const DAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
const ZONES = ["UTC", ...Intl.supportedValuesOf("timeZone")];

interface Plan {
  scope: string;
  monitorTags: string;
  /** Of one monitor alone. */
  monitor: number | null;
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
    monitor: null,
    zone,
    start: toField(now, zone),
    end: toField(now + 3600, zone),
    repeat: "once",
    days: [],
    message: "",
  };
}

/** The body without what the form could not show. */
function kept(body: string | Record<string, unknown>): unknown {
  if (typeof body === "string") return body;
  const { recurrence: _, start: __, end: ___, ...rest } = body;
  return rest;
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
    ...(plan.monitor !== null && { monitor_id: plan.monitor }),
    ...(plan.repeat !== "once" && {
      recurrence: { type: plan.repeat, period: 1, ...(plan.repeat === "weeks" && { week_days: plan.days }) },
    }),
  };
}

/** The plan of a downtime that is there. */
export function planOf(downtime: Downtime): Plan {
  const { timezone: zone, recurrence } = downtime;
  return {
    scope: downtime.scope.join(", ").replace(/^\*$/, ""),
    monitorTags: downtime.monitor_tags.join(", ").replace(/^\*$/, ""),
    monitor: downtime.monitor_id,
    zone,
    start: toField(downtime.start, zone),
    end: downtime.end ? toField(downtime.end, zone) : "",
    repeat: recurrence?.type === "weeks" ? "weeks" : recurrence ? "days" : "once",
    days: recurrence?.week_days ?? [],
    message: downtime.message ?? "",
  };
}

/** Whether the form can show all of how a downtime repeats; it leaves what it cannot show alone. */
export function isPlain(downtime: Downtime): boolean {
  const { recurrence } = downtime;
  return (
    recurrence === null ||
    (["days", "weeks"].includes(recurrence.type) &&
      recurrence.period === 1 &&
      !recurrence.until_date &&
      !recurrence.until_occurrences)
  );
}

interface Affected {
  monitors: number;
  groups: number;
  hosts: number;
  monitors_chosen: number;
  names: string[];
}

const plural = (count: number, word: string) => `${count} ${word}${count === 1 ? "" : "s"}`;

/** What the downtime would mute now. */
function useAffected(plan: Plan) {
  const split = (text: string) =>
    text
      .split(",")
      .map((part) => part.trim())
      .filter(Boolean);
  const body = useDeferredValue({
    scope: plan.scope.trim() ? split(plan.scope) : ["*"],
    monitor_id: plan.monitor,
    monitor_tags: plan.monitorTags.trim() ? split(plan.monitorTags) : ["*"],
  });
  return useQuery({
    queryKey: ["downtime-preview", body],
    queryFn: ({ signal }) => request<Affected>("POST", "/api/ui/monitors/downtime_preview", { body, signal }),
    placeholderData: (before) => before,
    retry: false,
  });
}

export function DowntimeDialog({ existing, onClose }: { existing?: Downtime; onClose: () => void }) {
  const [plan, setPlan] = useState(existing ? () => planOf(existing) : fresh);
  const affected = useAffected(plan);
  const nothing =
    affected.data !== undefined && affected.data.monitors === 0 && affected.data.hosts === 0
      ? "This matches no group of any monitor and no host of the last day: check the spelling of its tags."
      : undefined;
  const plain = !existing || isPlain(existing);
  const [problem, setProblem] = useState<string>();
  const change = useDowntimeChange();
  const set = (part: Partial<Plan>) => setPlan({ ...plan, ...part });
  const body = bodyOf(plan);
  const create = async () => {
    try {
      await change.mutateAsync(
        existing
          ? { method: "PUT", path: `/api/v1/downtime/${existing.id}`, body: plain ? body : kept(body) }
          : { method: "POST", path: "/api/v1/downtime", body },
      );
      toast(existing ? "Downtime changed" : "Downtime scheduled");
      onClose();
    } catch (error) {
      setProblem((error as Error).message);
    }
  };
  const footer = (
    <Button
      kind="primary"
      disabled={typeof body === "string" || nothing !== undefined || change.isPending}
      title={nothing}
      onClick={() => void create()}
    >
      {existing ? "Save" : "Schedule"}
    </Button>
  );
  return (
    <Dialog
      title={existing ? "Edit downtime" : "Schedule Downtime"}
      open
      onClose={onClose}
      footer={footer}
      width={640}
    >
      <div style={{ display: "grid", gap: "var(--s-5)" }}>
        <Field
          label="Group scope"
          hint="For example host:web-1, env:prod. Empty is every group."
          error={problem}
        >
          <ScopeInput value={plan.scope} onChange={(scope) => set({ scope })} />
        </Field>
        <p className="muted" role="status">
          {nothing ??
            (affected.error
              ? affected.error.message
              : affected.data &&
                `Affects ${plural(affected.data.monitors, "monitor")}, ${plural(affected.data.groups, "group")}, ${plural(affected.data.hosts, "host")} now.`)}
        </p>
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
        {!plain && <p className="muted">How it repeats is kept: this form cannot show all of it.</p>}
        {plain && (
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
        )}
        {plain && plan.repeat === "weeks" && (
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
