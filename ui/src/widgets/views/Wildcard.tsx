/** `wildcard`: a Vega or Vega-Lite specification over the results of the widget's requests. */
import { useEffect, useMemo, useRef, useState } from "react";
import type { Series } from "~/core/response";
import { Async, useFormer } from "~/ui";
import { useSeries, useTable } from "../data";
import { useSize } from "../dom";
import { NoData } from "../NoData";
import { Answer } from "../QueryResult";
import { requestsOf } from "../request";
import { type Entry, useEntries } from "../streamEntries";
import type { Table } from "../tables";
import type { WidgetDefinition } from "../types";
import { type Datum, seriesData, tableData, withData } from "../wildcardData";
import { shown } from "./Stream";
import css from "./views.module.css";

interface Specification {
  type?: string;
  contents?: Record<string, unknown>;
}

export function Wildcard({ definition }: { definition: WidgetDefinition }) {
  const [request] = requestsOf(definition);
  const { data_source: source } = (request?.query ?? {}) as { data_source?: string };
  if (source?.endsWith("_stream")) return <OverEntries definition={definition} />;
  return request?.response_format === "timeseries" ? (
    <OverTime definition={definition} />
  ) : (
    <OverGroups definition={definition} />
  );
}

/** What the formulas of a request are called in specifications: the query's name, or the alias. */
function namesOf(definition: WidgetDefinition, at: number): string[] {
  const request = requestsOf(definition)[at];
  return (request?.formulas ?? request?.queries ?? []).map((one) => {
    const { alias, formula, name } = one as { alias?: string; formula?: string; name?: string };
    return alias ?? formula ?? name ?? "value";
  });
}

function OverGroups({ definition }: { definition: WidgetDefinition }) {
  const result = useTable(definition);
  return (
    <Answer result={result}>
      {(table: Table) => (
        <Drawing definition={definition} tables={[tableData(table, namesOf(definition, 0))]} />
      )}
    </Answer>
  );
}

function OverTime({ definition }: { definition: WidgetDefinition }) {
  const result = useSeries(definition);
  return (
    <Answer result={result}>
      {(all: Series[][]) => (
        <Drawing
          definition={definition}
          tables={all.map((series, at) => seriesData(series, namesOf(definition, at)))}
        />
      )}
    </Answer>
  );
}

/** A row an entry of a list, with the columns of the request. */
function OverEntries({ definition }: { definition: WidgetDefinition }) {
  const { stream, search, time, query } = useEntries({ ...definition, type: "list_stream" });
  const former = useFormer(query, search, stream, time);
  if (stream.missing) return <NoData title={`No ${stream.missing} data is stored here`} />;
  const cells = (entry: Entry) =>
    Object.fromEntries(stream.columns.map(({ field }) => [field, shown(entry, field)]));
  return (
    <Async query={query} text={search} former={former}>
      {(entries) => <Drawing definition={definition} tables={[entries.map(cells)]} />}
    </Async>
  );
}

function themeOf(element: HTMLElement) {
  const style = getComputedStyle(element);
  const token = (name: string) => style.getPropertyValue(name).trim();
  return {
    text: token("--text-2"),
    grid: token("--grid-line"),
    colors: Array.from({ length: 12 }, (_, i) => token(`--c${i + 1}`)).filter(Boolean),
  };
}

function Drawing({ definition, tables }: { definition: WidgetDefinition; tables: Datum[][] }) {
  const [frame, size] = useSize<HTMLDivElement>();
  const host = useRef<HTMLDivElement>(null);
  const [problem, setProblem] = useState("");
  const specification = definition.specification as Specification | undefined;
  const rows = JSON.stringify(tables);
  const contents = useMemo(
    () => withData(specification?.contents ?? {}, JSON.parse(rows) as Datum[][]),
    [specification, rows],
  );
  const { width, height } = size;
  useEffect(() => {
    const element = host.current;
    if (!element || width === 0 || height === 0) return;
    let clear: (() => void) | undefined;
    let gone = false;
    const kind = specification?.type === "vega" ? "vega" : "vega-lite";
    import("../vega/draw")
      .then(({ draw }) => draw(element, kind, contents, { width, height }, themeOf(element)))
      .then((done) => {
        if (gone) return done();
        clear = done;
        setProblem("");
      })
      .catch((error: Error) => setProblem(error.message));
    return () => {
      gone = true;
      clear?.();
    };
  }, [contents, specification, width, height]);
  if (tables.every((table) => table.length === 0)) return <NoData />;
  return (
    <div ref={frame} className={css.wildcard}>
      <div ref={host} role="img" aria-label={definition.title || "Wildcard"} />
      {problem && <p className="muted">The specification cannot be drawn: {problem}</p>}
    </div>
  );
}
