/** From a widget to the pages that take its queries further. */
import { requestsOf } from "./request";
import type { WidgetDefinition, WidgetRequest } from "./types";

/** The metric queries of a widget as the explorer takes them, formulas written out; empty for other data. */
export function metricTexts(definition: WidgetDefinition): string[] {
  return requestsOf(definition).flatMap(textsOf);
}

/** The same of one request. */
export function textsOf(request: WidgetRequest): string[] {
  if (request.q) return [request.q];
  const queries = request.queries ?? [];
  if (queries.length === 0 || queries.some((query) => query.data_source !== "metrics" || !query.query))
    return [];
  const texts = new Map(queries.map((query) => [query.name, query.query!]));
  const formulas = request.formulas?.map((entry) => entry.formula) ?? [...texts.keys()];
  return formulas.map((formula) => written(formula, texts));
}

/** `a / b` with the queries in the place of their names. Names are whole words outside quotes. */
function written(formula: string, texts: ReadonlyMap<string, string>): string {
  return formula.replace(/'[^']*'|"[^"]*"|[A-Za-z_]\w*/g, (word) => texts.get(word) ?? word);
}

/** Address parameters of the explorer for these queries. */
export function explorerParams(texts: readonly string[], bars = false): Record<string, string> {
  const queries = texts.slice(0, 10).map((text, i): [string, string] => [i === 0 ? "q" : `q${i + 1}`, text]);
  return { ...Object.fromEntries(queries), ...(bars && { viz: "bars" }) };
}

/** A monitor's query over a metric query, as far as that tells: bands alert on the share outside of them. */
export function monitorQuery(text: string, threshold: string): string {
  if (/^\s*anomalies\(/.test(text)) return `avg(last_4h):${text} >= 1`;
  if (/^\s*outliers\(/.test(text)) return `avg(last_30m):${text} > 0`;
  if (/^\s*forecast\(/.test(text)) return `max(next_1w):${text} >= ${threshold}`;
  return `avg(last_5m):${text} > ${threshold}`;
}
