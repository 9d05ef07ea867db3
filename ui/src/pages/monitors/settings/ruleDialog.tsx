/** A notification rule in a form, with the monitors that it matches now. */

import { useQuery } from "@tanstack/react-query";
import { useDeferredValue, useState } from "react";
import { request } from "~/api/client";
import { Button, Dialog, Field, IconButton, Input, Notice, Segments, Select, Status } from "~/ui";
import { STATES } from "../api";
import { MessageInput } from "../recipients";
import { ScopeInput } from "../scopeInput";
import { useItemChange } from "./api";
import {
  attributesOf,
  draftOf,
  filterOf,
  NEW_RULE,
  type Rule,
  type RuleDraft,
  ruleProblem,
  scopeOf,
  TRANSITIONS,
  transitionOf,
} from "./rules";

const BY = [
  { value: "tags", label: "All of these tags" },
  { value: "scope", label: "An expression" },
] as const;
const WHEN = [...TRANSITIONS, { value: "", label: "it has the tag" }];

export function RuleDialog({ rule, onClose }: { rule?: Rule; onClose: () => void }) {
  const [draft, setDraft] = useState<RuleDraft>(rule ? draftOf(rule) : NEW_RULE);
  const [problem, setProblem] = useState<string>();
  const save = useItemChange("rules", "Saved");
  const set = (part: Partial<RuleDraft>) => {
    setDraft({ ...draft, ...part });
    setProblem(undefined);
  };
  const submit = async () => {
    const missing = ruleProblem(draft);
    if (missing) return setProblem(missing);
    try {
      await save.mutateAsync({ ...(rule && { id: rule.id }), attributes: attributesOf(draft) });
      onClose();
    } catch (error) {
      setProblem((error as Error).message);
    }
  };
  const conditional = draft.conditions.length > 0;
  return (
    <Dialog
      title={rule ? "Edit rule" : "New notification rule"}
      open
      onClose={onClose}
      width={640}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button
            kind="primary"
            needs="monitors_write"
            disabled={save.isPending}
            onClick={() => void submit()}
          >
            Save
          </Button>
        </>
      }
    >
      <div style={{ display: "grid", gap: "var(--s-4)" }}>
        {problem && <Notice state="alert">{problem}</Notice>}
        <Field label="Name">
          <Input value={draft.name} onChange={(event) => set({ name: event.target.value })} />
        </Field>
        <div style={{ display: "grid", gap: "var(--s-3)" }}>
          <Segments label="Monitors with" value={draft.by} options={BY} onChange={(by) => set({ by })} />
          {draft.by === "tags" ? (
            <Field
              label="Tags"
              hint="Of the monitor or of the group; all must be there. Empty matches every monitor."
            >
              <ScopeInput value={draft.filter} onChange={(filter) => set({ filter })} />
            </Field>
          ) : (
            <Field label="Expression" hint="team:web AND (env:prod OR env:staging) AND NOT service:batch">
              <Input
                className="mono"
                value={draft.filter}
                onChange={(event) => set({ filter: event.target.value })}
              />
            </Field>
          )}
        </div>
        <Matched draft={draft} />
        {draft.conditions.map((condition, place) => (
          <Condition
            key={place}
            condition={condition}
            onChange={(next) =>
              set({ conditions: draft.conditions.map((one, at) => (at === place ? next : one)) })
            }
            onRemove={() => set({ conditions: draft.conditions.filter((_, at) => at !== place) })}
          />
        ))}
        <Field
          label={conditional ? "Notify where no condition holds" : "Notify"}
          hint="Type @ for who there is."
        >
          <MessageInput
            label={conditional ? "Fallback recipients" : "Recipients"}
            rows={2}
            value={draft.recipients}
            onChange={(recipients) => set({ recipients })}
          />
        </Field>
        <div>
          <Button
            icon="plus"
            disabled={draft.conditions.length >= 10}
            onClick={() =>
              set({ conditions: [...draft.conditions, { scope: scopeOf("is_alert"), recipients: "" }] })
            }
          >
            Add condition
          </Button>
        </div>
      </div>
    </Dialog>
  );
}

interface ConditionProps {
  condition: RuleDraft["conditions"][number];
  onChange: (next: RuleDraft["conditions"][number]) => void;
  onRemove: () => void;
}

function Condition({ condition, onChange, onRemove }: ConditionProps) {
  const transition = transitionOf(condition.scope);
  return (
    <div style={{ display: "grid", gap: "var(--s-3)" }}>
      <div style={{ display: "flex", gap: "var(--s-3)", alignItems: "center", flexWrap: "wrap" }}>
        When
        <Select
          label="Condition"
          value={transition}
          options={WHEN}
          onChange={(value) => onChange({ ...condition, scope: value ? scopeOf(value) : "" })}
        />
        {!transition && (
          <Input
            className="mono"
            aria-label="Tag"
            placeholder="region:eu"
            style={{ width: 180 }}
            value={condition.scope}
            onChange={(event) => onChange({ ...condition, scope: event.target.value })}
          />
        )}
        <span style={{ flex: 1 }}>notify</span>
        <IconButton icon="close" small label="Remove condition" onClick={onRemove} />
      </div>
      <MessageInput
        label="Recipients of the condition"
        rows={1}
        value={condition.recipients}
        onChange={(recipients) => onChange({ ...condition, recipients })}
      />
    </div>
  );
}

interface Preview {
  monitors: number;
  groups: number;
  shown: { id: number; name: string; status: string; groups: number; of: number }[];
}

const count = (number: number, word: string) =>
  `${number.toLocaleString("en-US")} ${word}${number === 1 ? "" : "s"}`;

/** The monitors that the filter matches now. */
function Matched({ draft }: { draft: RuleDraft }) {
  const filter = useDeferredValue(filterOf(draft));
  const found = useQuery({
    queryKey: ["rule-preview", filter],
    queryFn: ({ signal }) =>
      request<Preview>("POST", "/api/ui/monitors/rule_preview", { body: { filter: filter ?? {} }, signal }),
    placeholderData: (before) => before,
    retry: false,
  });
  if (found.error) return <p className="muted">{found.error.message}</p>;
  if (!found.data) return <p className="muted">…</p>;
  const { monitors, groups, shown } = found.data;
  if (monitors === 0) return <Notice>No monitor matches now.</Notice>;
  return (
    <details>
      <summary>
        Matches <b>{count(monitors, "monitor")}</b>, {count(groups, "group")} now
      </summary>
      <ul
        style={{ listStyle: "none", margin: "var(--s-2) 0 0", padding: 0, maxHeight: 180, overflow: "auto" }}
      >
        {shown.map((one) => (
          <li key={one.id} style={{ display: "flex", gap: "var(--s-3)", alignItems: "center" }}>
            <Status state={STATES[one.status] ?? "nodata"}>{one.status}</Status>
            <a href={`/monitors/${one.id}`} target="_blank" rel="noreferrer" className="truncate">
              {one.name}
            </a>
            {one.of > 1 && <span className="muted">{`${one.groups} of ${one.of} groups`}</span>}
          </li>
        ))}
        {monitors > shown.length && (
          <li className="muted">and {count(monitors - shown.length, "more monitor")}</li>
        )}
      </ul>
    </details>
  );
}
