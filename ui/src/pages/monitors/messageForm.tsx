/** What a monitor says, to whom, and how often. */

import { Field, Input, Select, TagsField } from "~/ui";
import type { MonitorDraft } from "./api";
import { FORM, type PartProps } from "./forms";
import { MessageInput, RecipientSummary } from "./recipients";

const PRIORITIES = [
  { value: "", label: "None" },
  ...[1, 2, 3, 4, 5].map((level) => ({ value: String(level), label: `P${level}` })),
];

const AGAIN = [
  { value: "", label: "Never" },
  { value: "10", label: "Every 10 minutes" },
  { value: "30", label: "Every 30 minutes" },
  { value: "60", label: "Every hour" },
  { value: "240", label: "Every 4 hours" },
  { value: "1440", label: "Every day" },
];

/** Reminders while a group stays unwell, and what they say beside the message. */
function RenotifyForm({ draft, onChange }: PartProps) {
  const { options } = draft;
  const every = options.renotify_interval ? String(options.renotify_interval) : "";
  const set = (part: MonitorDraft["options"]) => onChange({ ...draft, options: { ...options, ...part } });
  const known = AGAIN.some((one) => one.value === every);
  return (
    <>
      <div>
        <Select
          label="Renotify"
          value={every}
          options={known ? AGAIN : [...AGAIN, { value: every, label: `Every ${every} minutes` }]}
          onChange={(text) => set({ renotify_interval: text ? Number(text) : null })}
        />
      </div>
      {every && (
        <Field label="Escalation message" hint="Added to reminders, with further recipients.">
          <MessageInput
            label="Escalation message"
            rows={2}
            value={String(options.escalation_message ?? "")}
            onChange={(escalation_message) => set({ escalation_message })}
          />
        </Field>
      )}
    </>
  );
}

export function MessageForm({ draft, onChange }: PartProps) {
  return (
    <div style={FORM}>
      <Field label="Name">
        <Input
          value={draft.name}
          placeholder="CPU is high on {{host.name}}"
          onChange={(event) => onChange({ ...draft, name: event.target.value })}
        />
      </Field>
      <Field
        label="Message"
        hint="Mention people with @ and their address. {{#is_alert}}, {{#is_warning}}, {{#is_no_data}}, {{#is_recovery}} choose by state; {{value}}, {{threshold}}, {{host.name}}, {{host.ip}} are filled in."
      >
        <MessageInput
          label="Message"
          value={draft.message}
          onChange={(message) => onChange({ ...draft, message })}
        />
      </Field>
      <RecipientSummary
        message={draft.message}
        escalation={String(draft.options.escalation_message ?? "")}
        tags={draft.tags}
      />
      <RenotifyForm draft={draft} onChange={onChange} />
      <div>
        <Select
          label="Priority"
          value={draft.priority ? String(draft.priority) : ""}
          options={PRIORITIES}
          onChange={(priority) => onChange({ ...draft, priority: priority ? Number(priority) : null })}
        />
      </div>
      <TagsField tags={draft.tags} onChange={(tags) => onChange({ ...draft, tags })} />
    </div>
  );
}
