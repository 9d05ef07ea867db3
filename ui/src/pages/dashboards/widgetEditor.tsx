/** A dialog that changes one widget, with the widget itself drawn live above the form. */

import { useMemo, useState } from "react";
import { Button, Dialog, Field, Input, Segments, Select, Tabs, TextArea } from "~/ui";
import { WIDGETS } from "~/widgets/register";
import { requestsOf } from "~/widgets/request";
import type { WidgetDefinition } from "~/widgets/types";
import { WidgetPanel } from "~/widgets/WidgetPanel";
import { RequestForm } from "./requestForm";

interface Props {
  definition: WidgetDefinition;
  onDone: (definition: WidgetDefinition) => void;
  onClose: () => void;
}

/** Types whose data are a list of metric requests, so that one can be turned into another. */
const KINDRED = ["timeseries", "query_value", "toplist", "query_table", "sunburst", "distribution"];

export function WidgetEditor({ definition, onDone, onClose }: Props) {
  const [draft, setDraft] = useState(definition);
  const [text, setText] = useState("");
  const [problem, setProblem] = useState<string>();
  const editJson = (next: string) => {
    setText(next);
    try {
      setDraft(JSON.parse(next) as WidgetDefinition);
      setProblem(undefined);
    } catch (error) {
      setProblem((error as Error).message);
    }
  };
  const footer = (
    <>
      <Button onClick={onClose}>Cancel</Button>
      <Button kind="primary" disabled={problem !== undefined} onClick={() => onDone(draft)}>
        Done
      </Button>
    </>
  );
  return (
    <Dialog
      title={`Edit ${WIDGETS[draft.type]?.label ?? draft.type}`}
      open
      onClose={onClose}
      footer={footer}
      width={980}
    >
      {draft.type !== "group" && (
        <div style={{ height: 240, marginBottom: "var(--s-5)" }}>
          <WidgetPanel definition={draft} />
        </div>
      )}
      <Tabs
        onChange={(tab) => tab === "json" && setText(JSON.stringify(draft, null, 2))}
        items={[
          { value: "form", label: "Edit", content: <Form draft={draft} onChange={setDraft} /> },
          {
            value: "json",
            label: "JSON",
            content: (
              <Field label="Definition" error={problem}>
                <TextArea
                  className="mono"
                  rows={16}
                  value={text}
                  onChange={(event) => editJson(event.target.value)}
                />
              </Field>
            ),
          },
        ]}
      />
    </Dialog>
  );
}

interface FormProps {
  draft: WidgetDefinition;
  onChange: (draft: WidgetDefinition) => void;
}

function Form({ draft, onChange }: FormProps) {
  const set = (change: Partial<WidgetDefinition>) => onChange({ ...draft, ...change });
  const requests = useMemo(() => requestsOf(draft), [draft]);
  const textual = draft.type === "note" ? "content" : draft.type === "free_text" ? "text" : null;
  const kindred = KINDRED.includes(draft.type);
  return (
    <div style={{ display: "grid", gap: "var(--s-5)", paddingTop: "var(--s-5)" }}>
      {kindred && (
        <Segments
          label="Draw as"
          value={draft.type}
          options={KINDRED.map((type) => ({ value: type, label: WIDGETS[type]!.label }))}
          onChange={(type) => onChange(converted(draft, type))}
        />
      )}
      {!textual && (
        <Field label="Title">
          <Input value={draft.title ?? ""} onChange={(event) => set({ title: event.target.value })} />
        </Field>
      )}
      {textual && (
        <Field label={draft.type === "note" ? "Markdown" : "Text"}>
          <TextArea
            rows={8}
            value={String(draft[textual] ?? "")}
            onChange={(event) => set({ [textual]: event.target.value })}
          />
        </Field>
      )}
      {kindred &&
        requests.map((request, index) => (
          <RequestForm
            key={index}
            request={request}
            scalar={draft.type !== "timeseries"}
            onChange={(next) => set({ requests: requests.map((old, at) => (at === index ? next : old)) })}
          />
        ))}
      {kindred && (
        <div style={{ display: "flex", gap: "var(--s-4)" }}>
          <Select
            label="Time"
            value={draft.time?.live_span ?? "page"}
            options={SPANS}
            onChange={(span) => set({ time: span === "page" ? undefined : { live_span: span } })}
          />
          {draft.type === "timeseries" && (
            <Select
              label="Scale"
              value={draft.yaxis?.scale ?? "linear"}
              options={scalesWith(draft.yaxis?.scale)}
              onChange={(scale) => set({ yaxis: { ...draft.yaxis, scale } })}
            />
          )}
        </div>
      )}
    </div>
  );
}

const SCALES = [
  { value: "linear", label: "Linear" },
  { value: "log", label: "Logarithms" },
  { value: "sqrt", label: "Square roots" },
  { value: "pow2", label: "Squares" },
];

/** The scales to choose from, also one that is written in the definition alone. */
function scalesWith(scale = "linear") {
  return SCALES.some(({ value }) => value === scale) ? SCALES : [...SCALES, { value: scale, label: scale }];
}

const SPANS = [
  { value: "page", label: "As the page" },
  ...["5m", "15m", "30m", "1h", "4h", "1d", "2d", "1w", "1mo"].map((value) => ({
    value,
    label: `Past ${value}`,
  })),
];

/** The same requests under another type: what was a series becomes a number a group, and back. */
export function converted(draft: WidgetDefinition, type: string): WidgetDefinition {
  const requests = requestsOf(draft).map((request) => {
    if (request.q) return request;
    const scalar = type !== "timeseries";
    const queries = request.queries?.map((query) => ({
      ...query,
      aggregator: scalar ? (query.aggregator ?? "avg") : undefined,
    }));
    return { ...request, queries, response_format: scalar ? ("scalar" as const) : ("timeseries" as const) };
  });
  return { ...draft, type, requests: type === "query_value" ? requests.slice(0, 1) : requests };
}
