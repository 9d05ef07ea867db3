/** The span explorer: spans by search, facets and analytics; live as they arrive. */

import { useMemo } from "react";
import { Explorer } from "~/explorer/explorer";
import { useUrlParams } from "~/shell/url";
import { Segments } from "~/ui";
import type { SpanKind } from "./api";
import { SPAN_KINDS, spanSource } from "./spanSource";

export default function Traces() {
  const [params, change] = useUrlParams();
  const given = params.get("spans");
  const kind: SpanKind = SPAN_KINDS.find((one) => one.value === given)?.value ?? "entry";
  const source = useMemo(() => spanSource(kind), [kind]);
  return (
    <Explorer
      source={source}
      actions={
        <Segments
          label="Spans"
          value={kind}
          options={SPAN_KINDS}
          onChange={(next) => change({ spans: next === "entry" ? null : next, event: null }, true)}
        />
      }
    />
  );
}
