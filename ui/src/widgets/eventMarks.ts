/** Events over a graph: what its `events` searches find in the window. */
import { useQueries } from "@tanstack/react-query";
import { useMemo } from "react";
import { request } from "~/api/client";
import type { EventMark, Severity } from "~/core/chart/model";
import { type Annotation, useWidgetScope } from "./context";
import type { Window } from "./request";
import type { WidgetDefinition } from "./types";
import { substitute } from "./variables";

const MAX_SEARCHES = 5;
const MAX_EVENTS = 100;
const SEVERITY: Record<string, Severity> = {
  error: "alert",
  warn: "warn",
  warning: "warn",
  ok: "ok",
  success: "ok",
};

interface Found {
  data?: { attributes?: { timestamp?: string; attributes?: { title?: string; status?: string } } }[];
}

const NONE: EventMark[] = [];

/** Events that the widget searches for, and the annotations of the page. */
export function useEventMarks(definition: WidgetDefinition, window: Window): EventMark[] {
  const found = useFoundEvents(definition, window);
  const { annotations, widgetIdOf } = useWidgetScope();
  const id = widgetIdOf?.(definition);
  return useMemo(() => {
    const own = (annotations ?? []).filter(
      ({ widgetIds }) => widgetIds.length === 0 || (id !== undefined && widgetIds.includes(id)),
    );
    if (own.length === 0) return found;
    return [...found, ...own.map(annotationMark)];
  }, [annotations, found, id]);
}

const COLORS: Record<Annotation["color"], string> = {
  blue: "--c1",
  gray: "--nodata",
  green: "--ok",
  purple: "--c5",
  red: "--alert",
  yellow: "--warn-fill",
};

function annotationMark({ description, color, from, to }: Annotation): EventMark {
  const end = to === null ? {} : { until: to / 1000 };
  return { time: from / 1000, label: description, color: COLORS[color], ...end };
}

function useFoundEvents(definition: WidgetDefinition, window: Window): EventMark[] {
  const { variables, chosen } = useWidgetScope();
  const searches = (definition.events ?? [])
    .slice(0, MAX_SEARCHES)
    .map((one) => substitute(String(one.q ?? ""), variables, chosen));
  return useQueries({
    queries: searches.map((query) => ({
      queryKey: ["event-marks", query, window.from, window.to],
      queryFn: ({ signal }: { signal: AbortSignal }) =>
        request<Found>("POST", "/api/v2/events/search", {
          body: {
            filter: {
              query,
              from: new Date(window.from).toISOString(),
              to: new Date(window.to).toISOString(),
            },
            page: { limit: MAX_EVENTS },
            sort: "-timestamp",
          },
          signal,
        }),
      retry: false,
      staleTime: 10_000,
    })),
    combine: (results) => {
      const marks = results.flatMap((result) => (result.data?.data ?? []).flatMap(markOf));
      return marks.length > 0 ? marks : NONE;
    },
  });
}

function markOf({ attributes }: NonNullable<Found["data"]>[number]): EventMark[] {
  const time = Date.parse(attributes?.timestamp ?? "");
  if (!Number.isFinite(time)) return [];
  const { title = "Event", status = "" } = attributes?.attributes ?? {};
  return [{ time: time / 1000, label: title, severity: SEVERITY[status] }];
}
