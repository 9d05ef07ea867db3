/** Notifications and what became of them: to whom, each attempt, the answer, the next try. */
import { useQuery } from "@tanstack/react-query";
import { request } from "~/api/client";
import { formatMoment } from "~/core/time";
import { type Column, DataTable, Empty, type State, Status } from "~/ui";
import css from "./history.module.css";

export interface Attempt {
  /** UNIX seconds. */
  time: number;
  ok: boolean;
  answer: string;
  next_attempt: number | null;
}

export interface Delivery {
  id: number;
  channel: string;
  recipient: string;
  subject: string;
  state: "pending" | "sent" | "failed" | "kept" | "digest";
  attempts: number;
  error: string;
  /** UNIX seconds. */
  created: number;
  sent: number | null;
  next_attempt: number | null;
  monitor_id: number | null;
  group: string;
  transition: string;
  digest_id: number | null;
  has_picture: boolean;
  text: string;
  html: string;
  history: Attempt[];
}

export const DELIVERY_STATES: Record<Delivery["state"], { state: State; label: string }> = {
  pending: { state: "info", label: "Pending" },
  sent: { state: "ok", label: "Sent" },
  failed: { state: "alert", label: "Failed" },
  kept: { state: "nodata", label: "No mail server" },
  digest: { state: "info", label: "In a digest" },
};

const CHANNELS: Record<string, string> = {
  email: "Email",
  webhook: "Webhook",
  slack: "Slack",
  msteams: "Microsoft Teams",
  pagerduty: "PagerDuty",
  opsgenie: "Opsgenie",
  ntfy: "ntfy",
};

export function channelLabel(channel: string): string {
  return CHANNELS[channel] ?? channel;
}

/** What the last attempt came to, in a few words. */
export function outcomeOf(delivery: Delivery): string {
  const last = delivery.history.at(-1);
  if (delivery.state === "digest") return `joined into message ${delivery.digest_id}`;
  if (delivery.state === "pending" && last)
    return `${last.answer}; next try ${formatMoment((delivery.next_attempt ?? 0) * 1000)}`;
  return delivery.error || last?.answer || "";
}

export const DELIVERY_COLUMNS: Column<Delivery>[] = [
  {
    key: "state",
    title: "Status",
    width: "130px",
    sort: (row) => row.state,
    cell: (row) => (
      <Status state={DELIVERY_STATES[row.state].state}>{DELIVERY_STATES[row.state].label}</Status>
    ),
  },
  {
    key: "created",
    title: "Time",
    width: "190px",
    sort: (row) => row.created,
    cell: (row) => <span className="num">{formatMoment(row.created * 1000)}</span>,
  },
  {
    key: "channel",
    title: "Channel",
    width: "120px",
    sort: (row) => row.channel,
    cell: (row) => channelLabel(row.channel),
  },
  {
    key: "recipient",
    title: "To",
    width: "minmax(140px, 1fr)",
    sort: (row) => row.recipient,
    cell: (row) => <span className="truncate">{row.recipient}</span>,
  },
  {
    key: "subject",
    title: "Subject",
    width: "minmax(220px, 2fr)",
    sort: (row) => row.subject,
    cell: (row) => <span className="truncate">{row.subject}</span>,
  },
  {
    key: "outcome",
    title: "Outcome",
    width: "minmax(180px, 2fr)",
    cell: (row) => (
      <span className="truncate muted" title={outcomeOf(row)}>
        {row.attempts > 1 && `${row.attempts} attempts: `}
        {outcomeOf(row)}
      </span>
    ),
  },
];

export function Attempts({ attempts }: { attempts: readonly Attempt[] }) {
  if (attempts.length === 0) return <p className="muted">No attempt yet</p>;
  return (
    <ol className={css.attempts} aria-label="Attempts">
      {attempts.map((attempt) => (
        <li key={`${attempt.time} ${attempt.answer}`}>
          <span className="num">{formatMoment(attempt.time * 1000)}</span>{" "}
          <Status state={attempt.ok ? "ok" : "alert"}>{attempt.ok ? "taken" : "not taken"}</Status>{" "}
          {attempt.answer}
          {attempt.next_attempt && (
            <span className="muted"> Next try {formatMoment(attempt.next_attempt * 1000)}.</span>
          )}
        </li>
      ))}
    </ol>
  );
}

export function useMonitorDeliveries(id: number) {
  return useQuery({
    queryKey: ["monitor-notifications", id],
    queryFn: ({ signal }) =>
      request<{ messages: Delivery[]; mail_server: boolean }>("GET", `/api/ui/monitors/${id}/notifications`, {
        signal,
      }),
    refetchInterval: 15_000,
  });
}

export function Deliveries({ deliveries }: { deliveries: readonly Delivery[] }) {
  if (deliveries.length === 0) return <Empty title="No notification was sent yet" />;
  return (
    <div style={{ height: Math.min(320, 40 + deliveries.length * 30) }}>
      <DataTable
        label="Notifications"
        rows={deliveries}
        columns={DELIVERY_COLUMNS}
        rowKey={(row) => String(row.id)}
      />
    </div>
  );
}
