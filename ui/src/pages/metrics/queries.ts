/** The metrics explorer's queries, in its address: `q`, `q2`, ... for queries and `f`, `f2`, ... for formulas. Pure. */
import type { Question } from "~/api/metrics";
import type { SeriesKind } from "~/core/chart/model";
import type { WidgetDefinition } from "~/widgets/types";

export const LETTERS = "abcdefghij";
const START = "avg:system.cpu.user{*} by {host}";

export interface Asked {
  queries: readonly string[];
  /** Over the letters of the queries. Where there is one, only formulas are drawn. */
  formulas: readonly string[];
}

export function readAsked(params: URLSearchParams): Asked {
  const queries = read(params, "q");
  return { queries: queries.length > 0 ? queries : [START], formulas: read(params, "f") };
}

export function writeAsked({ queries, formulas }: Asked): Record<string, string | null> {
  return { ...write("q", queries), ...write("f", formulas) };
}

const nameOf = (letter: string, i: number) => (i === 0 ? letter : `${letter}${i + 1}`);

function read(params: URLSearchParams, letter: string): string[] {
  const texts: string[] = [];
  for (let i = 0; i < LETTERS.length; i++) {
    const text = params.get(nameOf(letter, i));
    if (text !== null) texts.push(text.trim());
  }
  return texts;
}

function write(letter: string, texts: readonly string[]): Record<string, string | null> {
  const change: Record<string, string | null> = {};
  // One without text is stored as a space: an empty parameter would be dropped.
  for (let i = 0; i < LETTERS.length; i++)
    change[nameOf(letter, i)] = i < texts.length ? texts[i] || " " : null;
  return change;
}

/** Queries that are written, under their letters, and what is drawn of them; null where there is nothing to draw. */
export function questionOf({
  queries,
  formulas,
}: Asked): Required<Pick<Question, "queries" | "formulas">> | null {
  const named = queries.flatMap((query, i) =>
    query === "" ? [] : [{ name: LETTERS[i]!, data_source: "metrics", query }],
  );
  const written = formulas.filter((formula) => formula !== "");
  if (named.length === 0) return null;
  const drawn = written.length > 0 ? written : named.map(({ name }) => name);
  return { queries: named, formulas: drawn.map((formula) => ({ formula })) };
}

/** The graph as a dashboard would hold it. */
export function widgetOf(asked: Asked, kind: SeriesKind): WidgetDefinition {
  const question = questionOf(asked);
  if (!question) return { type: "timeseries", requests: [] };
  const request = {
    response_format: "timeseries" as const,
    display_type: kind,
    queries: question.queries.map(({ name, query }) => ({ name: name!, data_source: "metrics", query })),
    formulas: [...question.formulas],
  };
  const title = asked.formulas.length > 0 ? asked.formulas.join(", ") : asked.queries.join(", ");
  return { type: "timeseries", title, requests: [request] };
}
