/** A dialog that changes one widget, with the widget itself drawn live above the form. */
import { useMemo, useState } from "react";
import { ask, Button, Dialog, Field, Input, Select, Tabs, TextArea, useSettled } from "~/ui";
import { WIDGETS } from "~/widgets/register";
import { requestsOf } from "~/widgets/request";
import type { WidgetDefinition, WidgetRequest } from "~/widgets/types";
import { WidgetPanel } from "~/widgets/WidgetPanel";
import css from "./editing/editing.module.css";
import { readDefinition, reasonOf, type Unfinished } from "./editing/jsonText";
import { Markers } from "./editing/Markers";
import { OptionFields } from "./editing/OptionFields";
import { RequestEditor } from "./editing/RequestEditor";
import { TYPE_OPTIONS } from "./editing/typeOptions";
import { converted, KINDRED, newRequest, shapeFor, withRequests } from "./editing/visualization";

interface Props {
  definition: WidgetDefinition;
  /** Not on the dashboard yet. */
  fresh?: boolean;
  onDone: (definition: WidgetDefinition) => void;
  onClose: () => void;
}

/** The pause after which what is typed is drawn: half a word is no query. */
const PAUSE_MS = 300;

export function WidgetEditor({ definition, fresh, onDone, onClose }: Props) {
  const [draft, setDraft] = useState(definition);
  const drawn = useSettled(draft, PAUSE_MS);
  const [text, setText] = useState("");
  const [unfinished, setUnfinished] = useState<Unfinished>();
  const reason = reasonOf(unfinished);
  const ofText = unfinished?.label === DEFINITION ? unfinished : undefined;
  const editJson = (next: string) => {
    setText(next);
    const read = readDefinition(next);
    if ("problem" in read) {
      setUnfinished({ label: DEFINITION, text: next, problem: read.problem });
      return;
    }
    setDraft(read.value);
    setUnfinished(undefined);
  };
  const editForm = (next: WidgetDefinition) => {
    setDraft(next);
    // The whole as text would undo what the form changed; a field of another type is gone.
    if (ofText || next.type !== draft.type) setUnfinished(undefined);
  };
  const changed = unfinished !== undefined || JSON.stringify(draft) !== JSON.stringify(definition);
  const close = async () => {
    const text = "The widget stays as it was.";
    if (!changed || (await ask({ title: "Discard unsaved changes?", text, action: "Discard" }))) onClose();
  };
  const footer = (
    <>
      {reason && (
        <span role="status" style={{ marginRight: "auto", color: "var(--alert)" }}>
          {reason}
        </span>
      )}
      <Button onClick={onClose}>Cancel</Button>
      <Button
        kind="primary"
        disabled={reason !== undefined}
        title={reason ?? "Ctrl+Enter"}
        onClick={() => onDone(draft)}
      >
        {fresh ? "Add to dashboard" : "Done"}
      </Button>
    </>
  );
  return (
    <Dialog
      title={`${fresh ? "New" : "Edit"} ${WIDGETS[draft.type]?.label ?? draft.type}`}
      open
      onClose={() => void close()}
      footer={footer}
      width={1080}
      submits={false}
      first="[role=tabpanel] :is(input, textarea, [contenteditable=true], [role=combobox])"
    >
      <div
        onKeyDown={(event) => {
          if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && !reason) onDone(draft);
        }}
      >
        {draft.type !== "group" && (
          <div className={css.preview}>
            <WidgetPanel definition={drawn} rows={3} columns={8} />
          </div>
        )}
        <Tabs
          onChange={(tab) => tab === "json" && setText(ofText?.text ?? JSON.stringify(draft, null, 2))}
          items={[
            {
              value: "form",
              label: "Edit",
              content: (
                <Form
                  draft={draft}
                  onChange={editForm}
                  unfinished={unfinished}
                  onUnfinished={setUnfinished}
                  onSubmit={() => !reason && onDone(draft)}
                />
              ),
            },
            {
              value: "json",
              label: "JSON",
              content: (
                <Field label={DEFINITION} error={ofText?.problem}>
                  <TextArea
                    className="mono"
                    rows={18}
                    value={text}
                    onChange={(event) => editJson(event.target.value)}
                  />
                </Field>
              ),
            },
          ]}
        />
      </div>
    </Dialog>
  );
}

/** The field of the whole definition as text. */
const DEFINITION = "Definition";

interface FormProps {
  draft: WidgetDefinition;
  onChange: (draft: WidgetDefinition) => void;
  unfinished: Unfinished | undefined;
  onUnfinished: (unfinished?: Unfinished) => void;
  /** Enter in the title. */
  onSubmit: () => void;
}

const UNTITLED = new Set(["note", "free_text", "image", "iframe"]);
const MARKED = new Set(["timeseries", "point_plot"]);
const RULED = new Set(["query_value", "toplist", "query_table"]);
const SPANS = ["5m", "15m", "30m", "1h", "4h", "1d", "2d", "1w", "1mo", "3mo"];

function Form({ draft, onChange, unfinished, onUnfinished, onSubmit }: FormProps) {
  const set = (change: Partial<WidgetDefinition>) => onChange({ ...draft, ...change });
  const requests = useMemo(() => requestsOf(draft), [draft]);
  const shape = shapeFor(draft);
  const onRight = requests.some((request) => request.on_right_yaxis);
  const options = (TYPE_OPTIONS[draft.type] ?? []).filter(
    // The right axis has options once something is drawn on it, and where it has some already.
    (option) => !option.path.startsWith("right_yaxis") || onRight || draft.right_yaxis !== undefined,
  );
  const put = (next: WidgetRequest[]) => onChange(withRequests(draft, next));
  return (
    <div style={{ display: "grid", gap: "var(--s-6)", paddingTop: "var(--s-5)" }}>
      {KINDRED.includes(draft.type) && (
        <section className={css.section}>
          <h3>Select your visualization</h3>
          <div className={css.types}>
            {KINDRED.map((type) => (
              <Button
                key={type}
                size="small"
                kind={type === draft.type ? "primary" : "normal"}
                aria-pressed={type === draft.type}
                onClick={() => onChange(converted(draft, type))}
              >
                {WIDGETS[type]!.label}
              </Button>
            ))}
          </div>
        </section>
      )}
      {shape && (
        <section className={css.section}>
          <h3>Graph your data</h3>
          {requests.map((request, index) => (
            <RequestEditor
              key={index}
              request={request}
              shape={shape}
              ruled={RULED.has(draft.type)}
              onChange={(next) => put(requests.map((old, at) => (at === index ? next : old)))}
              onRemove={requests.length > 1 ? () => put(requests.filter((_, at) => at !== index)) : undefined}
            />
          ))}
          {draft.type === "timeseries" && (
            <div>
              <Button size="small" icon="plus" onClick={() => put([...requests, newRequest(shape)])}>
                Add queries with another style
              </Button>
            </div>
          )}
        </section>
      )}
      {(options.length > 0 || shape) && (
        <section className={css.section}>
          <h3>Set display preferences</h3>
          {!UNTITLED.has(draft.type) && draft.type !== "group" && (
            <div>
              <Select
                label="Time"
                value={draft.time?.live_span ?? "page"}
                options={spansWith(draft.time?.live_span)}
                onChange={(span) => set({ time: span === "page" ? undefined : { live_span: span } })}
              />
            </div>
          )}
          <OptionFields definition={draft} {...{ options, onChange, unfinished, onUnfinished }} />
          {MARKED.has(draft.type) && <Markers definition={draft} onChange={onChange} />}
        </section>
      )}
      {!UNTITLED.has(draft.type) && (
        <section className={css.section}>
          <h3>{draft.type === "group" ? "Give your group a title" : "Give your graph a title"}</h3>
          <Field label="Title">
            <Input
              value={draft.title ?? ""}
              onChange={(event) => set({ title: event.target.value })}
              onKeyDown={(event) => event.key === "Enter" && !event.ctrlKey && !event.metaKey && onSubmit()}
            />
          </Field>
        </section>
      )}
    </div>
  );
}

/** The spans to choose from, also one that is in the definition alone. */
function spansWith(span: string | undefined) {
  const values = !span || SPANS.includes(span) ? SPANS : [...SPANS, span];
  return [
    { value: "page", label: "Global time" },
    ...values.map((value) => ({ value, label: `Past ${value}` })),
  ];
}
