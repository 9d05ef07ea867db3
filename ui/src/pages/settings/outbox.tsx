/** All notifications with their state, the attempts to deliver them, and each as its recipient sees it. */

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { ROOT, request } from "~/api/client";
import { formatMoment } from "~/core/time";
import {
  Attempts,
  channelLabel,
  DELIVERY_COLUMNS,
  DELIVERY_STATES,
  type Delivery,
} from "~/pages/monitors/deliveries";
import { Page } from "~/shell/page";
import { useUrlState } from "~/shell/url";
import {
  Async,
  Button,
  DataTable,
  Drawer,
  Empty,
  Former,
  Notice,
  Properties,
  SearchInput,
  Select,
  Toolbar,
  toast,
  useFormer,
} from "~/ui";

interface OutboxAnswer {
  messages: Delivery[];
  mail_server: boolean;
}

const FILTERS = [
  { value: "", label: "All statuses" },
  ...Object.entries(DELIVERY_STATES).map(([value, { label }]) => ({ value, label })),
];

export default function Outbox() {
  const [status, setStatus] = useUrlState("status");
  const [search, setSearch] = useState("");
  const query = useQuery({
    queryKey: ["outbox", status, search],
    queryFn: ({ signal }) =>
      request<OutboxAnswer>("GET", "/api/ui/outbox", { query: { status: status ?? "", search }, signal }),
    refetchInterval: 10_000,
    placeholderData: (before) => before,
  });
  const former = useFormer(query, status, search);
  const [open, setOpen] = useState<number>();
  const narrowed = Boolean(status || search);
  return (
    <Page title="Notification log" fill>
      <Async query={query}>
        {({ messages, mail_server }) => (
          <>
            {!mail_server && (
              <Notice>
                No mail server is configured, so email is queued here and not sent. Start the server with
                HEELER_SMTP to send it.
              </Notice>
            )}
            <Toolbar>
              <SearchInput main value={search} onChange={setSearch} placeholder="Search subjects" />
              <Select value={status ?? ""} options={FILTERS} onChange={setStatus} />
            </Toolbar>
            <Former former={former}>
              {messages.length === 0 ? (
                <Empty title="No notifications found">
                  {narrowed
                    ? "No notification has this status and subject."
                    : "Notifications of monitors, downtimes and snapshots appear here."}
                </Empty>
              ) : (
                <DataTable
                  label="Notification log"
                  rows={messages}
                  columns={DELIVERY_COLUMNS}
                  rowKey={(row) => String(row.id)}
                  onRow={(row) => setOpen(row.id)}
                  selected={open === undefined ? null : String(open)}
                />
              )}
            </Former>
            <Drawer
              title={messages.find((message) => message.id === open)?.subject || "Message"}
              open={open !== undefined}
              onClose={() => setOpen(undefined)}
              width={720}
            >
              {open !== undefined && <Preview id={open} />}
            </Drawer>
          </>
        )}
      </Async>
    </Page>
  );
}

function Preview({ id }: { id: number }) {
  const query = useQuery({
    queryKey: ["outbox-message", id],
    queryFn: ({ signal }) => request<Delivery>("GET", `/api/ui/outbox/${id}`, { signal }),
    refetchInterval: 10_000,
  });
  const client = useQueryClient();
  const retry = useMutation({
    mutationFn: () => request<Delivery>("POST", `/api/ui/outbox/${id}/retry`),
    onSuccess: () => {
      toast("It is sent again");
      void client.invalidateQueries({ queryKey: ["outbox"] });
      void client.invalidateQueries({ queryKey: ["outbox-message", id] });
    },
    onError: (error) => toast(error.message, "alert"),
  });
  return (
    <Async query={query}>
      {(message) => (
        <>
          <Properties
            items={[
              ["To", `${channelLabel(message.channel)}: ${message.recipient}`],
              [
                "Status",
                `${DELIVERY_STATES[message.state].label}, ${message.attempts} ${message.attempts === 1 ? "attempt" : "attempts"}`,
              ],
              ["Created", moment(message.created)],
              ...(message.sent ? [["Sent", moment(message.sent)] as const] : []),
              ...(message.digest_id ? [["Digest", `message ${message.digest_id}`] as const] : []),
            ]}
          />
          <Attempts attempts={message.history} />
          {["failed", "kept", "pending"].includes(message.state) && (
            <Button disabled={retry.isPending} onClick={() => retry.mutate()}>
              Send again
            </Button>
          )}
          {message.html ? <Letter message={message} /> : <pre>{message.text}</pre>}
        </>
      )}
    </Async>
  );
}

/**
 * The mail's HTML in a frame without scripts and without our origin. Such a frame has no session either, so
 * the picture goes in as data.
 */
function Letter({ message }: { message: Delivery }) {
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
