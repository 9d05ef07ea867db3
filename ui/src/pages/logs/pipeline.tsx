/** The editor of a pipeline: filter, processors, and their test on real lines. */
import { useMemo, useState } from "react";
import { useLocation, useParams } from "wouter";
import { useLeaveGuard } from "~/shell/leaving";
import { Page } from "~/shell/page";
import { useUrlParams } from "~/shell/url";
import { Async, Button, Checkbox, Empty, Field, Input, Notice, Panel, useMay, useSettled } from "~/ui";
import css from "./config.module.css";
import { type Pipeline, savePipeline, useConfigChange, usePipelines, useTest } from "./configApi";
import { FilterField } from "./filterField";
import { WRITE } from "./pipelines";
import { PipelineTester } from "./pipelineTester";
import { ProcessorList } from "./processorList";
import { missingIn, pathsOf } from "./processors";

const EMPTY: Pipeline = { id: "", name: "", is_enabled: true, filter: { query: "" }, processors: [] };
const CRUMBS = [{ href: "/logs/pipelines", label: "Pipelines" }];

export default function PipelinePage() {
  const { id = "new" } = useParams();
  const [params] = useUrlParams();
  const query = usePipelines();
  const clone = params.get("clone");
  return (
    <Async query={query}>
      {(pipelines) => {
        const found = pipelines.find((one) => one.id === (id === "new" ? clone : id));
        if (id !== "new" && !found) {
          return (
            <Page title="Pipeline" crumbs={CRUMBS}>
              <Empty title="No such pipeline">It may have been deleted.</Empty>
            </Page>
          );
        }
        const start =
          id === "new"
            ? found
              ? { ...found, id: "", name: `${found.name} (copy)`, is_read_only: false }
              : { ...EMPTY, filter: { query: params.get("query") ?? "" } }
            : found!;
        return <Editor key={`${id} ${clone}`} start={start} />;
      }}
    </Async>
  );
}

function Editor({ start }: { start: Pipeline }) {
  const [pipeline, setPipeline] = useState(start);
  const [samples, setSamples] = useState<unknown[]>([]);
  const [, navigate] = useLocation();
  const may = useMay(WRITE);
  const readOnly = !may || start.is_read_only === true;
  const save = useConfigChange(savePipeline, "Pipeline saved");
  const draft = useSettled(pipeline, PAUSE_MS);
  const missing = useMemo(() => missingIn(draft.processors), [draft]);
  const test = useTest(missing ? undefined : draft, samples);
  const steps = useMemo(
    () => (samples.length > 0 ? (test.data ?? []).flatMap((result) => result.steps) : []),
    [test.data, samples],
  );
  const set = (change: Partial<Pipeline>) => setPipeline({ ...pipeline, ...change });
  const changed = JSON.stringify(pipeline) !== JSON.stringify(start) || start.id === "";
  const leave = useLeaveGuard(!readOnly && JSON.stringify(pipeline) !== JSON.stringify(start));
  const store = () =>
    save.mutate(pipeline, {
      onSuccess: (saved) => {
        if (start.id !== "") return;
        leave();
        navigate(`/logs/pipelines/${saved.id}`, { replace: true });
      },
    });
  return (
    <Page
      title={pipeline.name || "New pipeline"}
      form={start.id === "" && may}
      crumbs={CRUMBS}
      actions={
        start.is_read_only ? (
          <Button needs={WRITE} icon="copy" onClick={() => navigate(`/logs/pipelines/new?clone=${start.id}`)}>
            Clone
          </Button>
        ) : (
          <Button
            kind="primary"
            needs={WRITE}
            disabled={!changed || save.isPending || !pipeline.name.trim()}
            title={pipeline.name.trim() ? undefined : "A pipeline needs a name"}
            onClick={store}
          >
            {changed && start.id ? "Save changes" : "Save"}
          </Button>
        )
      }
    >
      {start.is_read_only && (
        <Notice state="info">
          This pipeline belongs to an integration and cannot be changed. Clone it to make your own.
        </Notice>
      )}
      <div className={css.editor}>
        <div className={css.column}>
          <Panel title="Pipeline">
            <fieldset disabled={readOnly} className={`${css.form} ${css.panel}`}>
              <Field label="Name">
                <Input value={pipeline.name} onChange={(event) => set({ name: event.target.value })} />
              </Field>
              <div>
                <span className={css.label}>Filter</span>
                <FilterField
                  label="Filter"
                  value={pipeline.filter.query}
                  onChange={(next) => set({ filter: { query: next } })}
                />
              </div>
              <Field label="Description">
                <Input
                  value={pipeline.description ?? ""}
                  onChange={(event) => set({ description: event.target.value || undefined })}
                />
              </Field>
              <TagsField value={pipeline.tags ?? []} onChange={(tags) => set({ tags })} />
              <Checkbox checked={pipeline.is_enabled} onChange={(is_enabled) => set({ is_enabled })}>
                Enabled
              </Checkbox>
            </fieldset>
          </Panel>
          <ProcessorList
            processors={pipeline.processors}
            onChange={(processors) => set({ processors })}
            steps={steps}
            place={[]}
            readOnly={readOnly}
          />
        </div>
        <div className={`${css.column} ${css.sticky}`}>
          <PipelineTester
            query={draft.filter.query}
            samples={samples}
            onSamples={setSamples}
            results={missing || test.error ? undefined : test.data}
            error={test.error}
            missing={missing}
          />
        </div>
      </div>
    </Page>
  );
}

function TagsField({ value, onChange }: { value: string[]; onChange: (tags: string[]) => void }) {
  const [text, setText] = useState(value.join(", "));
  return (
    <Field label="Tags" hint="key:value, separated by commas">
      <Input
        value={text}
        onChange={(event) => {
          setText(event.target.value);
          onChange(pathsOf(event.target.value));
        }}
      />
    </Field>
  );
}

/** The pause after which what is typed is tested. */
const PAUSE_MS = 500;
