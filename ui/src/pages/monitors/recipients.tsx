/** Whom a message notifies: completion of @handles while one types, and a warning where nobody is. */
import { useQuery } from "@tanstack/react-query";
import { useDeferredValue, useRef, useState } from "react";
import { request } from "~/api/client";
import { Notice, TextArea } from "~/ui";
import { handleAt } from "./handles";
import css from "./recipients.module.css";

interface Recipient {
  /** Without its @. */
  handle: string;
  label: string;
  kind: string;
}

interface Mention {
  handle: string;
  known: boolean;
  label: string;
  kind: string;
  /** Added by a notification rule. */
  rule: boolean;
}

interface Props {
  value: string;
  onChange: (value: string) => void;
  rows?: number;
  label: string;
}

/** A text area that offers recipients after an @. */
export function MessageInput({ value, onChange, rows = 8, label }: Props) {
  const [caret, setCaret] = useState(0);
  const [active, setActive] = useState(0);
  const [closed, setClosed] = useState(false);
  const area = useRef<HTMLDivElement>(null);
  const typing = closed ? null : handleAt(value, caret);
  const found = useQuery({
    queryKey: ["recipients", typing?.text],
    queryFn: ({ signal }) =>
      request<Recipient[]>("GET", "/api/ui/recipients", {
        query: { search: typing?.text ?? "", limit: 8 },
        signal,
      }),
    enabled: typing !== null,
    placeholderData: (before) => before,
  });
  const offered = typing ? (found.data ?? []) : [];
  // Below the line that is being written, and not below a long message.
  const below = `min(100%, ${value.slice(0, caret).split("\n").length * 1.5 + 1}em)`;
  const pick = (recipient: Recipient) => {
    if (!typing) return;
    const next = `${value.slice(0, typing.start)}@${recipient.handle} ${value.slice(caret)}`;
    onChange(next);
    const place = typing.start + recipient.handle.length + 2;
    setCaret(place);
    requestAnimationFrame(() => {
      const field = area.current?.querySelector("textarea");
      field?.focus();
      field?.setSelectionRange(place, place);
    });
  };
  return (
    <div ref={area} className={css.message}>
      <TextArea
        rows={rows}
        className="mono"
        aria-label={label}
        value={value}
        onChange={(event) => {
          onChange(event.target.value);
          setCaret(event.target.selectionStart);
          setActive(0);
          setClosed(false);
        }}
        onSelect={(event) => setCaret(event.currentTarget.selectionStart)}
        onBlur={() => setClosed(true)}
        onKeyDown={(event) => {
          if (offered.length === 0) return;
          const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
          if (step !== 0) setActive((active + step + offered.length) % offered.length);
          else if (event.key === "Enter" || event.key === "Tab") pick(offered[active] ?? offered[0]!);
          else if (event.key === "Escape") setClosed(true);
          else return;
          event.preventDefault();
        }}
      />
      {offered.length > 0 && (
        <div className={css.offers} style={{ top: below }} role="listbox" aria-label="Recipients">
          {offered.map((recipient, place) => (
            <button
              key={`${recipient.kind} ${recipient.handle}`}
              type="button"
              role="option"
              aria-selected={place === active}
              tabIndex={-1}
              // Before the field loses its focus.
              onMouseDown={(event) => {
                event.preventDefault();
                pick(recipient);
              }}
            >
              <b>@{recipient.handle}</b>
              <span className="muted">
                {recipient.label && recipient.label !== recipient.handle ? `${recipient.label}, ` : ""}
                {KINDS[recipient.kind] ?? recipient.kind}
              </span>
            </button>
          ))}
        </div>
      )}
    </div>
  );
}

const KINDS: Record<string, string> = {
  user: "user",
  email: "email",
  team: "team",
  webhook: "webhook",
  slack: "Slack",
  msteams: "Microsoft Teams",
  pagerduty: "PagerDuty",
  opsgenie: "Opsgenie",
  ntfy: "ntfy",
};

interface SummaryProps {
  message: string;
  escalation?: string;
  tags: readonly string[];
}

/** Whom the message reaches, with rules, and what reaches nobody. */
export function RecipientSummary({ message, escalation = "", tags }: SummaryProps) {
  const body = useDeferredValue({ message, escalation_message: escalation, tags });
  const query = useQuery({
    queryKey: ["mentions", body],
    queryFn: ({ signal }) =>
      request<{ recipients: Mention[]; nobody: boolean }>("POST", "/api/ui/monitors/recipients", {
        body,
        signal,
      }),
    placeholderData: (before) => before,
  });
  if (!query.data) return null;
  const { recipients, nobody } = query.data;
  const unknown = recipients.filter((one) => !one.known);
  const known = recipients.filter((one) => one.known);
  return (
    <>
      {nobody && (
        <Notice>Nobody will be notified: mention someone with @, or add a notification rule.</Notice>
      )}
      {unknown.length > 0 && (
        <Notice>
          {unknown.map((one) => `@${one.handle}`).join(", ")} {unknown.length === 1 ? "means" : "mean"} nobody
          here.
        </Notice>
      )}
      {known.length > 0 && (
        <p className="muted">
          Notifies{" "}
          {known
            .map(
              (one) =>
                `@${one.handle}${KINDS[one.kind] ? ` (${KINDS[one.kind]}${one.rule ? ", by a rule" : ""})` : ""}`,
            )
            .join(", ")}
        </p>
      )}
    </>
  );
}
