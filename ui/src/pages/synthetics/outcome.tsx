/** What one run of a test found: assertions, timings, headers and body. */

import { CodeBlock, Notice, Properties, Status } from "~/ui";
import type { RunResult } from "./api";
import { assertionText } from "./format";

const PHASES: [string, string][] = [
  ["dns", "DNS"],
  ["tcp", "Connection"],
  ["ssl", "SSL"],
  ["firstByte", "Time to first byte"],
  ["download", "Download"],
  ["redirect", "Redirects"],
  ["total", "Total"],
];

const LIST = { listStyle: "none", margin: 0, padding: 0, display: "grid", gap: "var(--s-2)" };

export function Outcome({ result }: { result: RunResult }) {
  const timings = result.timings ?? {};
  const known = PHASES.filter(([key]) => timings[key] !== undefined);
  return (
    <div style={{ display: "grid", gap: "var(--s-4)" }}>
      <div>
        <Status state={result.passed ? "ok" : "alert"}>{result.passed ? "Passed" : "Failed"}</Status>
      </div>
      {result.failure && <Notice state="alert">{result.failure.message}</Notice>}
      {(result.assertionResults?.length ?? 0) > 0 && (
        <ul style={LIST} aria-label="Assertions">
          {result.assertionResults?.map((one) => (
            <li key={assertionText(one)}>
              <Status state={one.valid ? "ok" : "alert"}>{one.valid ? "Passed" : "Failed"}</Status>{" "}
              {assertionText(one)}
            </li>
          ))}
        </ul>
      )}
      {(result.steps?.length ?? 0) > 0 && (
        <ol style={LIST} aria-label="Steps">
          {result.steps?.map((step, index) => (
            <li key={`${index}-${step.name}`}>
              <Status state={step.skipped ? "nodata" : step.passed ? "ok" : "alert"}>
                {step.skipped ? "Skipped" : step.passed ? "Passed" : "Failed"}
              </Status>{" "}
              {step.name}
              {step.failure && <span className="muted"> {step.failure.message}</span>}
            </li>
          ))}
        </ol>
      )}
      {known.length > 0 && (
        <Properties items={known.map(([key, label]) => [label, `${timings[key]?.toFixed(1)} ms`] as const)} />
      )}
      {result.httpStatusCode !== undefined && (
        <Properties
          items={[
            ["Status code", String(result.httpStatusCode)],
            ...Object.entries(result.responseHeaders ?? {}).map(([name, value]) => [name, value] as const),
          ]}
        />
      )}
      {result.responseBody && <CodeBlock code={result.responseBody} wrap />}
    </div>
  );
}
