/** From a widget's request to the body of a query endpoint. */

import { timeAsked } from "~/core/time";
import { dayStart, wallOf } from "~/core/zone";
import { modern } from "./legacyRequests";
import type { WidgetDefinition, WidgetFormula, WidgetQuery, WidgetRequest, WidgetTime } from "./types";

export interface Window {
  /** UNIX milliseconds. */
  from: number;
  to: number;
}

/** The requests of a definition as a list, older ones in today's form: host maps have an object, others an array. */
export function requestsOf(definition: WidgetDefinition): WidgetRequest[] {
  const requests: unknown = definition.requests;
  if (Array.isArray(requests)) {
    return (requests as WidgetRequest[])
      .filter(Boolean)
      .flatMap((one) => (Array.isArray(one.enrichments) ? infrastructureRequests(one) : [modern(one)]));
  }
  if (!requests) return [];
  if ("request_type" in (requests as object)) return infrastructureRequests(requests as WidgetRequest);
  return Object.values(requests as object)
    .filter((request) => request && typeof request === "object")
    .map((request) => modern(request as WidgetRequest));
}

/** The queries of a newer host map: one request for each of its enrichments. */
function infrastructureRequests(request: WidgetRequest): WidgetRequest[] {
  const enrichments = request.enrichments as WidgetRequest[] | undefined;
  return Array.isArray(enrichments) ? enrichments.map(modern) : [modern(request)];
}

/** What each number column or line group is called: alias, or the formula, or the query behind it. */
export function formulaNames(request: WidgetRequest): string[] {
  const queries = request.queries ?? [];
  return formulasOf(request).map((entry) => {
    const behind = queries.find((query) => query.name === entry.formula.trim());
    return entry.alias || (behind ? queryText(behind) : expanded(entry.formula, queries));
  });
}

function formulasOf(request: WidgetRequest): WidgetFormula[] {
  return request.formulas?.length
    ? request.formulas
    : (request.queries ?? []).map((query) => ({ formula: query.name }));
}

export function queryText(query: WidgetQuery): string {
  return query.query ?? query.search?.query ?? query.name;
}

function expanded(formula: string, queries: readonly WidgetQuery[]): string {
  const text = queries.length === 1 ? formula.replace(queries[0]!.name, queryText(queries[0]!)) : formula;
  return text.length > 80 ? formula : text;
}

/** Body of `POST /api/v2/query/timeseries` or `/scalar`. The number of points follows the pixels of the panel. */
export function formulaBody(
  request: WidgetRequest,
  kind: "timeseries" | "scalar",
  window: Window,
  interval?: number,
): Record<string, unknown> {
  return {
    data: {
      type: `${kind}_request`,
      attributes: {
        from: window.from,
        to: window.to,
        ...(kind === "timeseries" && interval ? { interval } : {}),
        ...(kind === "timeseries" && request.display_type === "bars" ? { display: "bars" } : {}),
        queries: request.queries ?? [],
        formulas: formulasOf(request).map((entry) => ({
          formula: entry.formula,
          ...(entry.limit ? { limit: entry.limit } : {}),
        })),
      },
    },
  };
}

const UNITS: Record<string, number> = {
  minute: 60_000,
  hour: 3_600_000,
  day: 86_400_000,
  week: 604_800_000,
  month: 2_592_000_000,
  year: 31_536_000_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
  mo: 2_592_000_000,
  y: 31_536_000_000,
};

/** Milliseconds that `live_span` or the newer `{type: live, unit, value}` stands for; null for global time. */
export function spanOf(time: WidgetTime | undefined): number | null {
  if (time?.unit && time.value) return (UNITS[time.unit] ?? 0) * time.value || null;
  const short = /^(\d+)(m|h|d|w|mo|y)$/.exec(time?.live_span ?? "");
  return short ? Number(short[1]) * UNITS[short[2]!]! : null;
}

/** Where a calendar span begins that ends at `end`. */
const TO_DATE: Record<string, (end: number) => number> = {
  week_to_date: (end) => dayStart(end, -((wallOf(end).weekday + 6) % 7)),
  month_to_date: (end) => dayStart(end, 1 - wallOf(end).day),
};

/** The window a widget queries: its own span up to the end of the page's, a fixed one, or the page's. */
export function windowOf(time: WidgetTime | undefined, page: Window): Window {
  if (time?.type === "fixed" && time.from && time.to) return { from: time.from * 1000, to: time.to * 1000 };
  const start = TO_DATE[time?.live_span ?? ""]?.(page.to);
  if (start !== undefined) return { from: start, to: page.to };
  const span = spanOf(time);
  return span ? { from: page.to - span, to: page.to } : page;
}

/**
 * What a widget's question says of time (`timeAsked`): the same while a live page goes on, also for a calendar span,
 * which grows with it.
 */
export function timeAskedOf(time: WidgetTime | undefined, page: Window, live: boolean): string {
  if (time?.type === "fixed" && time.from && time.to)
    return timeAsked({ ...windowOf(time, page), live: false });
  if (live && time?.live_span && time.live_span in TO_DATE) return time.live_span;
  return timeAsked({ ...windowOf(time, page), live });
}

/** What stands beside the title of a widget with a time of its own; empty for global time. */
export function timeLabel(time: WidgetTime | undefined): string {
  if (time?.type === "fixed" && time.from && time.to) return "Fixed time";
  if (time?.unit && time.value) return `Past ${time.value} ${time.unit}${time.value === 1 ? "" : "s"}`;
  if (time?.live_span && time.live_span in TO_DATE) return time.live_span.replaceAll("_", " ");
  return spanOf(time) ? `Past ${time!.live_span}` : "";
}
