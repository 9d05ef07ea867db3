/** A graph with its lines of an earlier time beside them, dashed. Pure. */

import type { WidgetDefinition, WidgetRequest } from "~/widgets/types";
import { splitArguments } from "./editing/metricForm";

export type Earlier = "" | "hour_before" | "day_before" | "week_before" | "month_before";

export const EARLIER: { value: Earlier; label: string }[] = [
  { value: "", label: "nothing" },
  { value: "hour_before", label: "hour before" },
  { value: "day_before", label: "day before" },
  { value: "week_before", label: "week before" },
  { value: "month_before", label: "month before" },
];

/** Whether every line of the graph can be drawn of an earlier time as well. */
export function isComparable(definition: WidgetDefinition): boolean {
  const requests = (definition.requests ?? []) as WidgetRequest[];
  return (
    definition.type === "timeseries" &&
    Array.isArray(definition.requests) &&
    requests.length > 0 &&
    requests.every((one) => earlierOf(one, "day_before") !== null)
  );
}

export function withEarlier(definition: WidgetDefinition, earlier: Earlier): WidgetDefinition {
  if (!earlier || !isComparable(definition)) return definition;
  const requests = definition.requests as WidgetRequest[];
  return { ...definition, requests: [...requests, ...requests.map((one) => earlierOf(one, earlier)!)] };
}

/** The request of the earlier time; null where it is of a form that has none. */
function earlierOf(request: WidgetRequest, earlier: Exclude<Earlier, "">): WidgetRequest | null {
  const style = { ...request.style, line_type: "dashed" as const, line_width: "thin" as const };
  const suffix = ` (${earlier.replace("_", " ")})`;
  if (request.q !== undefined) {
    return isSingle(request.q)
      ? { ...request, style, q: `${earlier}(${request.q})`, metadata: undefined }
      : null;
  }
  const queries = request.queries ?? [];
  if (queries.length === 0) return null;
  const formulas = request.formulas ?? queries.map(({ name }) => ({ formula: name ?? "" }));
  if (formulas.some(({ formula }) => !formula)) return null;
  return {
    ...request,
    style,
    formulas: formulas.map((one) => ({
      ...one,
      formula: `${earlier}(${one.formula})`,
      ...("alias" in one && one.alias ? { alias: one.alias + suffix } : {}),
    })),
  };
}

/** Whether a query is one expression: without a comma outside of brackets. */
const isSingle = (text: string) => text.trim() !== "" && splitArguments(text)[0] === text;
