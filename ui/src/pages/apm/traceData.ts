/** A trace as the server sends it, and what its views share. */

import { useQuery } from "@tanstack/react-query";
import { request } from "~/api/client";
import type { Box, Span } from "~/core/flame";

interface Answer {
  trace_id: string;
  /** UNIX nanoseconds, as text. */
  start: string;
  /** The trace has more spans than are sent. */
  truncated: boolean;
  spans: (Omit<Span, "id" | "parent"> & { span_id: string; parent_id: string | null })[];
}

export interface Trace {
  id: string;
  /** UNIX milliseconds. */
  start: number;
  truncated: boolean;
  spans: Span[];
}

function read(answer: Answer): Trace {
  return {
    id: answer.trace_id,
    start: Number(BigInt(answer.start) / 1_000_000n),
    truncated: answer.truncated,
    spans: answer.spans.map(({ span_id, parent_id, ...span }) => ({
      ...span,
      id: span_id,
      parent: parent_id ?? "",
    })),
  };
}

export async function fetchTrace(id: string, signal: AbortSignal): Promise<Trace> {
  return read(await request<Answer>("GET", `/api/ui/apm/traces/${encodeURIComponent(id)}`, { signal }));
}

export function useTrace(id: string) {
  return useQuery({
    queryKey: ["trace", id],
    retry: false,
    queryFn: ({ signal }) => fetchTrace(id, signal),
  });
}

/** What every view of a trace is given. */
export interface ViewProps {
  boxes: readonly Box[];
  /** A CSS variable. */
  color: (span: Span) => string;
  selected: string | null;
  onSelect: (id: string) => void;
  /** Spans that the search and the filters leave; null where nothing is filtered. */
  matching: ReadonlySet<string> | null;
}

export const endOf = (boxes: readonly Box[]) =>
  boxes.reduce((end, box) => Math.max(end, box.span.start + box.span.duration), 1);
