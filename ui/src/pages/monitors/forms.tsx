/** Forms of monitors over searches and service checks, and the source text of every kind. */

import { Field, Input, Select, TextArea } from "~/ui";
import type { MonitorDraft } from "./api";
import {
  type CheckCondition,
  readCheck,
  readSearch,
  type SearchCondition,
  writeCheck,
  writeSearch,
} from "./chain";

export interface PartProps {
  draft: MonitorDraft;
  onChange: (draft: MonitorDraft) => void;
}

export const FORM = { display: "grid", gap: "var(--s-5)", padding: "var(--s-2) var(--s-5) var(--s-5)" };
export const LINE = { display: "flex", gap: "var(--s-4)", alignItems: "center", flexWrap: "wrap" } as const;

export const COMPARATORS = [
  { value: ">", label: "above" },
  { value: ">=", label: "above or equal to" },
  { value: "<", label: "below" },
  { value: "<=", label: "below or equal to" },
];
const ROLLUPS = [
  "count",
  "cardinality",
  "avg",
  "sum",
  "min",
  "max",
  "median",
  "pc75",
  "pc90",
  "pc95",
  "pc99",
];
const WINDOWS = ["1m", "5m", "10m", "15m", "30m", "1h", "2h", "4h", "1d", "2d"];

export const words = (text: string) =>
  text
    .split(",")
    .map((word) => word.trim())
    .filter(Boolean);

export const withCurrent = (options: readonly string[], current: string) =>
  (options.includes(current) ? options : [current, ...options]).map((value) => ({ value, label: value }));

/** The query as text, for those who like it and for what the forms do not cover. */
export function SourceForm({ draft, onChange }: PartProps) {
  return (
    <div style={FORM}>
      <Field label="Query" hint="The query of the monitor as the API has it.">
        <TextArea
          rows={3}
          className="mono"
          value={draft.query}
          onChange={(event) => onChange({ ...draft, query: event.target.value })}
        />
      </Field>
    </div>
  );
}

/** Where errors are looked for. */
const ERRORS = [
  { value: "error-tracking", label: "spans and logs" },
  { value: "error-tracking-traces", label: "spans" },
  { value: "error-tracking-logs", label: "logs" },
];
const ISSUES = [
  { value: "new", label: "of new issues" },
  { value: "impact", label: "of all issues" },
];

export function SearchForm({ draft, onChange }: PartProps) {
  const condition = readSearch(draft.query);
  if (!condition) return <SourceForm draft={draft} onChange={onChange} />;
  const set = (part: Partial<SearchCondition>) =>
    onChange({ ...draft, query: writeSearch({ ...condition, ...part }) });
  const errors = condition.source.startsWith("error-tracking");
  return (
    <div style={FORM}>
      <Field
        label="Search query"
        hint={`For example service:web ${errors ? "error.type:TimeoutError" : "status:error"}. Empty finds everything.`}
      >
        <Input
          className="mono"
          value={condition.search}
          onChange={(event) => set({ search: event.target.value })}
        />
      </Field>
      {errors && (
        <div style={LINE}>
          <Select
            label="Errors in"
            value={condition.source}
            options={ERRORS}
            onChange={(source) => set({ source })}
          />
          <Select
            label="Issues"
            value={condition.issues || "impact"}
            options={ISSUES}
            onChange={(issues) => set({ issues })}
          />
          {condition.issues === "new" && (
            <span className="muted">
              first seen, or back, within the window, and not reviewed yet; ignored ones never count
            </span>
          )}
        </div>
      )}
      <div style={LINE}>
        Monitor the
        <Select
          value={condition.rollup}
          options={withCurrent(ROLLUPS, condition.rollup)}
          onChange={(rollup) => set({ rollup })}
        />
        {condition.rollup !== "count" && (
          <>
            of
            <Input
              className="mono"
              aria-label="Measure"
              placeholder="@duration"
              style={{ width: 160 }}
              value={condition.measure}
              onChange={(event) => set({ measure: event.target.value.trim() })}
            />
          </>
        )}
        by
        <Input
          className="mono"
          aria-label="Group by"
          placeholder={errors ? "issue.id, service" : "service, @http.status_code"}
          style={{ width: 260 }}
          defaultValue={condition.by.join(", ")}
          onChange={(event) => set({ by: words(event.target.value) })}
        />
      </div>
      <div style={LINE}>
        Trigger when it is
        <Select
          value={condition.comparator}
          options={COMPARATORS}
          onChange={(comparator) => set({ comparator })}
        />
        the threshold during the last
        <Select
          value={condition.window}
          options={withCurrent(WINDOWS, condition.window)}
          onChange={(window) => set({ window })}
        />
      </div>
    </div>
  );
}

export function CheckForm({ draft, onChange }: PartProps) {
  const condition = readCheck(draft.query);
  if (!condition) return <SourceForm draft={draft} onChange={onChange} />;
  const set = (part: Partial<CheckCondition>) =>
    onChange({ ...draft, query: writeCheck({ ...condition, ...part }) });
  const level = (name: "critical" | "warning" | "ok", label: string) => (
    <Field label={label}>
      <Input
        type="number"
        min={1}
        max={100}
        defaultValue={draft.options.thresholds?.[name] ?? 1}
        onChange={(event) => {
          const thresholds = { ...draft.options.thresholds, [name]: Number(event.target.value) || 1 };
          const last = Math.min(100, Math.max(...Object.values(thresholds).map(Number)) + 1);
          onChange({
            ...draft,
            query: writeCheck({ ...condition, last }),
            options: { ...draft.options, thresholds },
          });
        }}
      />
    </Field>
  );
  return (
    <div style={FORM}>
      <Field label="Service check">
        <Input
          className="mono"
          value={condition.check}
          onChange={(event) => set({ check: event.target.value })}
        />
      </Field>
      <ScopeAndGroups over={condition.over} by={condition.by} onChange={set} />
      <div style={{ ...LINE, alignItems: "end" }}>
        {level("critical", "Consecutive critical")}
        {level("warning", "Consecutive warning")}
        {level("ok", "Consecutive OK to recover")}
      </div>
    </div>
  );
}

interface ScopeAndGroupsProps {
  over: readonly string[];
  by: readonly string[];
  onChange: (part: { over: string[] } | { by: string[] }) => void;
}

/** The tags that a monitor is limited to, and those that it groups by. */
export function ScopeAndGroups({ over, by, onChange }: ScopeAndGroupsProps) {
  return (
    <div style={LINE}>
      in the scope
      <Input
        className="mono"
        aria-label="Scope"
        placeholder="env:prod, team:web"
        style={{ width: 240 }}
        defaultValue={over.join(", ")}
        onChange={(event) => onChange({ over: words(event.target.value) })}
      />
      grouped by
      <Input
        className="mono"
        aria-label="Group by"
        placeholder="host"
        style={{ width: 160 }}
        defaultValue={by.join(", ")}
        onChange={(event) => onChange({ by: words(event.target.value) })}
      />
    </div>
  );
}
