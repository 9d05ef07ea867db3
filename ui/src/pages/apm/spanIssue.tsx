/** The error issue that a failing span belongs to, and the version that brought it. */

import { useMemo } from "react";
import { Link } from "wouter";
import type { Span } from "~/core/flame";
import { useIssues } from "~/pages/errors/api";
import { withScope } from "./serviceScope";
import css from "./trace.module.css";
import type { Trace } from "./traceData";

const AROUND = 3_600_000;
const quoted = (text: string) => `"${text.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;

export function SpanIssue({ span, trace }: { span: Span; trace: Trace }) {
  const kind = span.meta["error.type"] ?? "";
  const range = useMemo(
    () => ({ from: trace.start - AROUND, to: trace.start + AROUND, live: false }),
    [trace.start],
  );
  const search = [
    `trace_id:${trace.id}`,
    `service:${quoted(span.service)}`,
    kind && `error.type:${quoted(kind)}`,
  ];
  const query = useIssues(search.filter(Boolean).join(" "), "", "TOTAL_COUNT", range);
  const issue = query.data?.[0];
  if (!issue) return null;
  const scope = { env: span.env ?? "", version: "", tag: "" };
  const service = `/apm/services/${encodeURIComponent(span.service)}`;
  return (
    <p className={css.roads}>
      <Link
        href={`/error-tracking?query=${encodeURIComponent(`service:${quoted(span.service)}`)}&issue=${issue.id}`}
      >
        View issue
      </Link>
      {issue.first_version && (
        <span>
          First seen in{" "}
          <Link href={withScope(service, scope, { tab: "deployments", after: issue.first_version })}>
            version {issue.first_version}
          </Link>
        </span>
      )}
    </p>
  );
}
