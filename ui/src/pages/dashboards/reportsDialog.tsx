/** Scheduled reports of a dashboard: what goes when to whom. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { request } from "~/api/client";
import { formatMoment } from "~/core/time";
import { Async, Button, Dialog, Field, IconButton, Input, Select, toast } from "~/ui";
import type { Chosen, Dashboard } from "~/widgets/types";
import { DAYS, dayName, type Recurrence, ruleOf, ruleText } from "./reportRule";

interface Schedule {
  id: string;
  attributes: {
    title: string;
    recipients: string[];
    rrule: string;
    timezone: string;
    timeframe: string;
    delivery_format: string;
    status: "active" | "inactive";
    next_recurrence: number | null;
    last_error: string;
  };
}

const TIMES = [
  ...["1h", "4h", "1d", "2d", "1w", "1mo", "3mo"].map((value) => ({ value, label: `Past ${value}` })),
  { value: "calendar_day", label: "Previous day" },
  { value: "calendar_week", label: "Previous week" },
  { value: "calendar_month", label: "Previous month" },
];
const FORMATS = [
  { value: "pdf_and_png", label: "Image and PDF" },
  { value: "png", label: "Image" },
  { value: "pdf", label: "PDF" },
];
const EVERY = [
  { value: "day", label: "Every day" },
  { value: "weekday", label: "Every weekday" },
  { value: "week", label: "Every week" },
  { value: "month", label: "Every month" },
];

interface ReportsProps {
  board: Dashboard;
  chosen: Chosen;
  onClose: () => void;
}

export function ReportsDialog({ board, chosen, onClose }: ReportsProps) {
  const client = useQueryClient();
  const kind = String(board.id).startsWith("integration-") ? "integration_dashboard" : "dashboard";
  const queryKey = ["report-schedules", board.id];
  const schedules = useQuery({
    queryKey,
    queryFn: async ({ signal }) =>
      (
        await request<{ data: Schedule[] }>("GET", `/api/v2/reporting/schedule/${kind}/${board.id}`, {
          signal,
        })
      ).data,
  });
  const change = useMutation({
    mutationFn: ({ method, path, body }: { method: string; path: string; body?: unknown }) =>
      request<unknown>(method, path, { body }),
    onSettled: () => client.invalidateQueries({ queryKey }),
    onError: (error) => toast(error.message, "alert"),
  });
  const at = (id: string) => `/api/v2/reporting/schedule/${id}`;
  return (
    <Dialog title="Scheduled reports" open onClose={onClose} width={760}>
      <NewReport
        board={board}
        chosen={chosen}
        kind={kind}
        pending={change.isPending}
        onAdd={change.mutateAsync}
      />
      <Async query={schedules}>
        {(all) => (
          <ul style={{ display: "grid", gap: "var(--s-5)", marginTop: "var(--s-6)" }}>
            {all.length === 0 && <li className="muted">No reports scheduled</li>}
            {all.map(({ id, attributes: own }) => (
              <li key={id} style={{ display: "flex", gap: "var(--s-4)", alignItems: "center" }}>
                <div style={{ flex: 1, minWidth: 0 }}>
                  <b>{own.title}</b>
                  <p className="muted truncate" title={own.recipients.join(", ")}>
                    {ruleText(own.rrule)} ({own.timezone}) to {own.recipients.join(", ")}
                  </p>
                  <p className="muted">
                    {own.status === "inactive"
                      ? "Paused"
                      : own.next_recurrence
                        ? `Next: ${formatMoment(own.next_recurrence)}`
                        : "Ended"}
                  </p>
                  {own.last_error && <p role="alert">Not sent: {own.last_error}</p>}
                </div>
                <Button
                  size="small"
                  needs="generate_dashboard_reports"
                  disabled={change.isPending}
                  onClick={() =>
                    void change
                      .mutateAsync({ method: "POST", path: `/api/ui/reports/${id}/send` })
                      .then(() => toast("Report sent"))
                      .catch(() => undefined)
                  }
                >
                  Send now
                </Button>
                <Button
                  size="small"
                  needs="generate_dashboard_reports"
                  onClick={() =>
                    change.mutate({
                      method: "PATCH",
                      path: `${at(id)}/toggle`,
                      body: {
                        data: {
                          type: "schedule",
                          attributes: { status: own.status === "active" ? "inactive" : "active" },
                        },
                      },
                    })
                  }
                >
                  {own.status === "active" ? "Pause" : "Resume"}
                </Button>
                <IconButton
                  small
                  icon="trash"
                  label={`Delete report ${own.title}`}
                  onClick={() => change.mutate({ method: "DELETE", path: at(id) })}
                />
              </li>
            ))}
          </ul>
        )}
      </Async>
    </Dialog>
  );
}

interface NewReportProps {
  board: Dashboard;
  chosen: Chosen;
  kind: string;
  pending: boolean;
  onAdd: (change: { method: string; path: string; body: unknown }) => Promise<unknown>;
}

function NewReport({ board, chosen, kind, pending, onAdd }: NewReportProps) {
  const [title, setTitle] = useState(board.title.slice(0, 78));
  const [recipients, setRecipients] = useState("");
  const [timeframe, setTimeframe] = useState("1w");
  const [format, setFormat] = useState("pdf_and_png");
  const [when, setWhen] = useState<Recurrence>({ every: "week", day: "MO", time: "09:00" });
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";
  const addresses = recipients.split(/[\s,;]+/).filter(Boolean);
  const add = async () => {
    const attributes = {
      title,
      resource_id: board.id,
      resource_type: kind,
      recipients: addresses,
      rrule: ruleOf(when),
      timezone: zone,
      timeframe,
      delivery_format: format,
      template_variables: Object.entries(chosen)
        .filter(([, values]) => values.length > 0)
        .map(([name, values]) => ({ name, values })),
    };
    try {
      const data = { type: "schedule", attributes };
      await onAdd({ method: "POST", path: "/api/v2/reporting/schedule", body: { data } });
      setRecipients("");
      toast("Report scheduled");
    } catch {
      // The mutation has said what is wrong; what was written stays.
    }
  };
  return (
    <div style={{ display: "grid", gap: "var(--s-5)" }}>
      <Field label="Title">
        <Input value={title} maxLength={78} onChange={(event) => setTitle(event.target.value)} />
      </Field>
      <Field label="Recipients" hint="Email addresses, at most 50">
        <Input
          value={recipients}
          placeholder="team@example.com, someone@example.com"
          onChange={(event) => setRecipients(event.target.value)}
        />
      </Field>
      <div style={{ display: "flex", flexWrap: "wrap", gap: "var(--s-4)", alignItems: "center" }}>
        <Select
          label="Recurrence"
          value={when.every}
          options={EVERY}
          onChange={(every) => setWhen({ ...when, every: every as Recurrence["every"] })}
        />
        {when.every === "week" && (
          <Select
            label="Day"
            value={when.day}
            options={DAYS.map((value) => ({ value, label: dayName(value) }))}
            onChange={(day) => setWhen({ ...when, day })}
          />
        )}
        <Input
          type="time"
          aria-label="Time of day"
          value={when.time}
          onChange={(event) => setWhen({ ...when, time: event.target.value })}
          style={{ width: 110 }}
        />
        <span className="muted">{zone}</span>
        <Select label="Time range" value={timeframe} options={TIMES} onChange={setTimeframe} />
        <Select label="Format" value={format} options={FORMATS} onChange={setFormat} />
        <Button
          kind="primary"
          needs="generate_dashboard_reports"
          disabled={pending || title.trim() === "" || addresses.length === 0 || when.time === ""}
          onClick={() => void add()}
        >
          Schedule report
        </Button>
      </div>
    </div>
  );
}
