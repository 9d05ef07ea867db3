/** Notifications by email and webhook with their state, and each as its recipient sees it. */

import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { ROOT, request } from "~/api/client";
import { formatMoment } from "~/core/time";
import { Page } from "~/shell/page";
import { Async, type Column, DataTable, Drawer, Empty, Notice, Properties, type State, Status } from "~/ui";

interface Message {
  id: number;
  channel: "email" | "webhook";
  recipient: string;
  subject: string;
  text: string;
  html: string;
  has_picture: boolean;
  state: "pending" | "sent" | "failed" | "kept";
  attempts: number;
  error: string;
  /** UNIX seconds. */
  created: number;
  sent: number | null;
}

interface OutboxAnswer {
  messages: Message[];
  mail_server: boolean;
}

const STATES: Record<Message["state"], State> = {
  pending: "info",
  sent: "ok",
  failed: "alert",
  kept: "nodata",
};

export default function Outbox() {
  const query = useQuery({
    queryKey: ["outbox"],
    queryFn: ({ signal }) => request<OutboxAnswer>("GET", "/api/ui/outbox", { signal }),
    refetchInterval: 10_000,
  });
  const [open, setOpen] = useState<number>();
  return (
    <Page title="Notification log" fill>
      <Async query={query}>
        {({ messages, mail_server }) => {
          const shown = messages.find((message) => message.id === open);
          return (
            <>
              {!mail_server && (
                <Notice>
                  No mail server is configured, so email is queued here and not sent. Start the server with
                  HEELER_SMTP to send it.
                </Notice>
              )}
              {messages.length === 0 ? (
                <Empty title="No notifications found">
                  Notifications of monitors, downtimes and snapshots appear here.
                </Empty>
              ) : (
                <DataTable
                  label="Notification log"
                  rows={messages}
                  columns={COLUMNS}
                  rowKey={(row) => String(row.id)}
                  onRow={(row) => setOpen(row.id)}
                  selected={open === undefined ? null : String(open)}
                />
              )}
              <Drawer
                title={shown?.subject || "Message"}
                open={shown !== undefined}
                onClose={() => setOpen(undefined)}
                width={720}
              >
                {shown && <Preview message={shown} />}
              </Drawer>
            </>
          );
        }}
      </Async>
    </Page>
  );
}

const COLUMNS: Column<Message>[] = [
  {
    key: "state",
    title: "Status",
    width: "110px",
    sort: (row) => row.state,
    cell: (row) => <Status state={STATES[row.state]}>{row.state}</Status>,
  },
  {
    key: "created",
    title: "Time",
    width: "190px",
    sort: (row) => row.created,
    cell: (row) => <span className="num">{moment(row.created)}</span>,
  },
  {
    key: "recipient",
    title: "To",
    width: "minmax(160px, 1fr)",
    sort: (row) => row.recipient,
    cell: (row) => (row.channel === "webhook" ? `@webhook-${row.recipient}` : row.recipient),
  },
  {
    key: "subject",
    title: "Subject",
    width: "minmax(240px, 3fr)",
    sort: (row) => row.subject,
    cell: (row) => <span className="truncate">{row.subject}</span>,
  },
];

function Preview({ message }: { message: Message }) {
  return (
    <>
      <Properties
        items={[
          ["To", message.recipient],
          [
            "Status",
            `${message.state}, ${message.attempts} ${message.attempts === 1 ? "attempt" : "attempts"}`,
          ],
          ["Created", moment(message.created)],
          ...(message.sent ? [["Sent", moment(message.sent)] as const] : []),
          ...(message.error ? [["Error", message.error] as const] : []),
        ]}
      />
      {message.html ? <Letter message={message} /> : <pre>{message.text}</pre>}
    </>
  );
}

/**
 * The mail's HTML in a frame without scripts and without our origin. Such a frame has no session either, so
 * the picture goes in as data.
 */
function Letter({ message }: { message: Message }) {
  const picture = useQuery({
    queryKey: ["outbox-picture", message.id],
    queryFn: ({ signal }) => pictureOf(message.id, signal),
    enabled: message.has_picture,
    staleTime: Number.POSITIVE_INFINITY,
  });
  const html = message.html.replaceAll("cid:graph", picture.data ?? "data:,");
  return (
    <iframe
      title={`Mail: ${message.subject}`}
      sandbox="allow-popups allow-popups-to-escape-sandbox"
      srcDoc={`<base target="_blank">${html}`}
      style={{ width: "100%", height: 640, border: 0, marginTop: 16 }}
    />
  );
}

async function pictureOf(id: number, signal: AbortSignal): Promise<string> {
  const response = await fetch(`${ROOT}/api/ui/outbox/${id}/picture`, { signal, credentials: "same-origin" });
  if (!response.ok) throw new Error(`The picture cannot be loaded: ${response.status}`);
  const blob = await response.blob();
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(String(reader.result));
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(blob);
  });
}

function moment(seconds: number): string {
  return formatMoment(seconds * 1000);
}
