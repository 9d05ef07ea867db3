/** Sends a picture of a graph to people by @-mention. */

import { useState } from "react";
import { request } from "~/api/client";
import { formatRange } from "~/core/time";
import { currentZone } from "~/core/zone";
import { Button, Dialog, Field, TextArea, toast } from "~/ui";
import type { Window } from "./request";
import type { WidgetDefinition } from "./types";

interface Props {
  definition: WidgetDefinition;
  window: Window;
  /** The page that shows it, below the server's root. */
  link: string;
  onClose: () => void;
}

export function SnapshotDialog({ definition, window, link, onClose }: Props) {
  const [comment, setComment] = useState("");
  const [problem, setProblem] = useState<string>();
  const [sending, setSending] = useState(false);
  const send = async () => {
    setSending(true);
    try {
      const answer = await request<{ recipients: string[]; unknown: string[] }>("POST", "/api/ui/snapshots", {
        body: {
          title: definition.title ?? "",
          definition,
          start: Math.floor(window.from / 1000),
          end: Math.ceil(window.to / 1000),
          comment,
          timezone:
            currentZone() === "utc" ? "UTC" : Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC",
          link,
        },
      });
      if (answer.unknown.length) toast(`Nobody is called @${answer.unknown.join(", @")}`, "info");
      toast(
        answer.recipients.length ? `Sent to ${answer.recipients.join(", ")}` : "Saved; nobody was mentioned",
      );
      onClose();
    } catch (error) {
      setProblem((error as Error).message);
    } finally {
      setSending(false);
    }
  };
  const footer = (
    <Button
      kind="primary"
      icon="mail"
      disabled={sending || comment.trim() === ""}
      onClick={() => void send()}
    >
      Send
    </Button>
  );
  return (
    <Dialog title={`Snapshot of “${definition.title || "graph"}”`} open onClose={onClose} footer={footer}>
      <p className="muted">{formatRange({ ...window, live: false })}</p>
      <Field
        label="Comment"
        hint="Mention people with @ and their address: each gets an email with the picture and a link."
        error={problem}
      >
        <TextArea
          rows={3}
          autoFocus
          value={comment}
          placeholder="@someone@example.com what happened here?"
          onChange={(event) => setComment(event.target.value)}
        />
      </Field>
    </Dialog>
  );
}
