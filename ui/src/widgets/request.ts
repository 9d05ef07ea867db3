/** From a widget's request to the body of a query endpoint. */

import type { WidgetDefinition, WidgetFormula, WidgetQuery, WidgetRequest } from "./types";

export interface Window {
  /** UNIX milliseconds. */
  from: number;
  to: number;
}

/** The requests of a definition as a list: most widgets have an array, host maps an object. */
export function requestsOf(definition: WidgetDefinition): WidgetRequest[] {
  const requests: unknown = definition.requests;
  if (Array.isArray(requests)) return requests as WidgetRequest[];
  return requests ? (Object.values(requests as object).filter(Boolean) as WidgetRequest[]) : [];
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

/** Body of `POST /api/v2/query/timeseries` or `/scalar`. Points are asked for as the panel has pixels. */
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

/** Milliseconds that `live_span` or the newer `{type: live, unit, value}` stands for; null for "as the page". */
export function spanOf(
  time: { live_span?: string; unit?: string; value?: number } | undefined,
): number | null {
  const units: Record<string, number> = {
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
  if (time?.unit && time.value) return (units[time.unit] ?? 0) * time.value || null;
  const short = /^(\d+)(m|h|d|w|mo|y)$/.exec(time?.live_span ?? "");
  return short ? Number(short[1]) * units[short[2]!]! : null;
}

/** The window a widget asks for: its own time when it has one, else the page's. */
export function windowOf(
  time:
    | { live_span?: string; type?: string; unit?: string; value?: number; from?: number; to?: number }
    | undefined,
  page: Window,
): Window {
  if (time?.type === "fixed" && time.from && time.to) return { from: time.from * 1000, to: time.to * 1000 };
  const span = spanOf(time);
  return span ? { from: page.to - span, to: page.to } : page;
}
