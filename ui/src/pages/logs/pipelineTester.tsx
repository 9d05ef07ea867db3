/** The tester of a pipeline: recent real lines or one's own, and what each processor changes in the selected one. */
import { useEffect, useState } from "react";
import { ExactNumber, writeJson } from "~/core/json";
import { Async, Button, CodeBlock, Empty, Notice, Panel, Segments, Status, Tabs, TextArea } from "~/ui";
import css from "./config.module.css";
import { type TestResult, type TestStep, useSamples } from "./configApi";
import { labelOf } from "./processors";

interface TesterProps {
  query: string;
  samples: readonly unknown[];
  onSamples: (samples: unknown[]) => void;
  results: readonly TestResult[] | undefined;
  error: Error | null;
  /** What has to be written before there is anything to test. */
  missing: string | undefined;
}

const WHERE = [
  { value: "recent", label: "Recent logs" },
  { value: "own", label: "Own samples" },
] as const;

export function PipelineTester({ query, samples, onSamples, results, error, missing }: TesterProps) {
  const [where, setWhere] = useState<"recent" | "own">("recent");
  const [own, setOwn] = useState("");
  const [chosen, setChosen] = useState(0);
  const found = useSamples(query);
  const recent = found.data;
  useEffect(() => {
    if (where === "recent" && recent) onSamples(recent.map((one) => one.log));
    // Only when other lines were found: the parent keeps what it is given.
  }, [where, recent, onSamples]);
  const result = results?.[Math.min(chosen, samples.length - 1)];
  const changeOwn = (text: string) => {
    setOwn(text);
    onSamples(
      text
        .split("\n")
        .filter((line) => line.trim() !== "")
        .slice(0, 20)
        .map(sampleOf),
    );
  };
  return (
    <Panel
      title="Test"
      actions={
        <Segments
          label="Lines to test on"
          value={where}
          options={WHERE}
          onChange={(next) => {
            setWhere(next);
            setChosen(0);
            if (next === "own") changeOwn(own);
          }}
        />
      }
    >
      <div className={css.panel}>
        {where === "own" ? (
          <TextArea
            className={css.code}
            rows={5}
            aria-label="Own samples"
            placeholder="One line each: text, or a JSON object as it is sent"
            value={own}
            onChange={(event) => changeOwn(event.target.value)}
          />
        ) : (
          <Async query={found}>
            {(lines) =>
              lines.length === 0 ? (
                <Empty title="No recent logs match the filter">
                  Paste a line under Own samples to test without them.
                </Empty>
              ) : (
                !lines.every((one) => one.raw) && (
                  <Notice state="info">
                    Some lines are stored logs, with the attributes that pipelines gave them.
                  </Notice>
                )
              )
            }
          </Async>
        )}
        {samples.length > 0 && (
          <ul className={css.samples} aria-label="Tested lines">
            {samples.map((sample, at) => (
              <li key={at}>
                <button type="button" aria-pressed={at === chosen} onClick={() => setChosen(at)}>
                  <span className="truncate">{textOfSample(sample)}</span>
                  <span>
                    <Verdict result={results?.[at]} />
                  </span>
                </button>
              </li>
            ))}
          </ul>
        )}
        {missing && <p className="muted">{missing}</p>}
        {error && !missing && <Notice state="alert">{error.message}</Notice>}
        {result && samples.length > 0 && <Result result={result} />}
      </div>
    </Panel>
  );
}

function sampleOf(line: string): unknown {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? value : line;
  } catch {
    return line;
  }
}

const textOfSample = (sample: unknown) =>
  typeof sample === "string"
    ? sample
    : String((sample as Record<string, unknown>).message ?? writeJson(sample, 0));

function Verdict({ result }: { result: TestResult | undefined }) {
  if (!result) return null;
  if (result.matched.length === 0) return <Status state="nodata">Filtered out</Status>;
  const failed = result.steps.filter((step) => step.problem).length;
  if (failed > 0) return <Status state="alert">{`${failed} failed`}</Status>;
  const applied = result.steps.filter((step) => step.applied).length;
  return <Status state={applied > 0 ? "ok" : "nodata"}>{`${applied} applied`}</Status>;
}

function Result({ result }: { result: TestResult }) {
  const [tab, setTab] = useState("steps");
  const { tags, timestamp, message, service, host, status, attributes } = result.after;
  return (
    <Tabs
      value={tab}
      onChange={setTab}
      items={[
        {
          value: "steps",
          label: "Changes by processor",
          content:
            result.matched.length === 0 ? (
              <p className="muted">The filter of the pipeline does not match this line.</p>
            ) : (
              <Steps steps={result.steps} />
            ),
        },
        {
          value: "before",
          label: "Before",
          content: <CodeBlock wrap code={writeJson(shown(result.before))} />,
        },
        {
          value: "after",
          label: "After",
          content: (
            <CodeBlock
              wrap
              code={writeJson({ timestamp, status, service, host, message, tags, attributes })}
            />
          ),
        },
      ]}
    />
  );
}

const shown = ({ timestamp, status, service, host, message, tags, attributes }: TestResult["before"]) => ({
  timestamp,
  status,
  service,
  host,
  message,
  tags,
  attributes,
});

export function Steps({ steps }: { steps: readonly TestStep[] }) {
  if (steps.length === 0) return <p className="muted">No enabled processor.</p>;
  return (
    <ul className={css.steps} aria-label="Steps">
      {steps.map((step, at) => (
        <li key={at}>
          <header>
            <Status state={step.problem ? "alert" : step.applied ? "ok" : "nodata"}>
              {step.problem ? "Failed" : step.applied ? "Applied" : "Not applied"}
            </Status>
            <b>{step.name || labelOf(step.type)}</b>
            <span className="muted">{labelOf(step.type)}</span>
          </header>
          {step.problem && <p className="muted">{step.problem}</p>}
          <Changes changes={step.changes} />
        </li>
      ))}
    </ul>
  );
}

function Changes({ changes }: { changes: TestStep["changes"] }) {
  const all = Object.entries(changes);
  const [whole, setWhole] = useState(false);
  const some = whole ? all : all.slice(0, 12);
  return (
    <ul className={css.changes}>
      {some.map(([field, [before, after]]) => (
        <li key={field}>
          {field}: {before !== null && before !== undefined && <del>{text(before)}</del>}
          {before !== null && before !== undefined && after !== null && after !== undefined && " → "}
          {after !== null && after !== undefined && <ins>{text(after)}</ins>}
        </li>
      ))}
      {all.length > some.length && (
        <li>
          <Button size="small" onClick={() => setWhole(true)}>
            {`Show all ${all.length}`}
          </Button>
        </li>
      )}
    </ul>
  );
}

const text = (value: unknown) =>
  typeof value === "string" || value instanceof ExactNumber ? String(value) : writeJson(value, 0);
