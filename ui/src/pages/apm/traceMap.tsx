/** The map of a trace: its services, what they called, and the calls between them. */

import { useMemo } from "react";
import { layOutMap } from "~/core/serviceMap";
import { traceGraph } from "~/core/traceMap";
import { MapDrawing } from "./mapDrawing";
import css from "./trace.module.css";
import type { ViewProps } from "./traceData";

export function TraceMap({ boxes, selected, onSelect }: ViewProps) {
  const { layout, spans } = useMemo(() => {
    const { nodes, edges, spans } = traceGraph(boxes);
    return { layout: layOutMap(nodes, edges), spans };
  }, [boxes]);
  const service = boxes.find((box) => box.span.id === selected)?.span.service ?? null;
  const node = [...spans].find(([, span]) => span.id === selected)?.[0] ?? service;
  const select = (id: string) => {
    const span = spans.get(id);
    if (span) onSelect(span.id);
  };
  return (
    <div className={css.traceMap}>
      <MapDrawing layout={layout} selected={node} onSelect={select} onFocus={select} />
      <p className={css.note}>
        Spans and execution time of each node. Select one to open its first or failing span.
      </p>
    </div>
  );
}
