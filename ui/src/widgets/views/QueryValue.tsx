/** `query_value`: one number as large as there is room, colored by its rules. */
import { type CSSProperties, type ReactNode, useMemo } from "react";
import type { UnitPair } from "~/core/units";
import { chartSpec } from "../chartSpec";
import { type Comparison, changeOf, windowBefore } from "../comparison";
import { conditionalStyle, ruleFor } from "../conditional";
import { useWidgetScope, WidgetScopeProvider } from "../context";
import { useSeries, useTable } from "../data";
import { useSize } from "../dom";
import { imageAddress } from "../imageAddress";
import { ImageAt } from "../images";
import { NoData } from "../NoData";
import { formulaUnit } from "../numberFormat";
import { Answer } from "../QueryResult";
import { type Figure, figureOf, fitted } from "../queryFigure";
import { requestsOf, windowOf } from "../request";
import type { Table } from "../tables";
import { TimeseriesChart } from "../timeseries/chart";
import type { WidgetDefinition } from "../types";
import css from "./queryValue.module.css";

export function QueryValue({ definition }: { definition: WidgetDefinition }) {
  const result = useTable(definition);
  return <Answer result={result}>{(table) => <Value definition={definition} table={table} />}</Answer>;
}

function Value({ definition, table }: { definition: WidgetDefinition; table: Table }) {
  const value = table.rows[0]?.values[0] ?? null;
  const request = requestsOf(definition)[0];
  const formula = request?.formulas?.[0];
  const rules = formula?.conditional_formats ?? request?.conditional_formats;
  if (value === null) return <NoData />;
  const unit = formulaUnit(formula?.number_format, table.columns[0]?.unit);
  const figure = figureOf(definition, unit, value);
  const rule = ruleFor(value, rules);
  const comparison = request?.comparison as Comparison | undefined;
  const picture = rule?.palette === "custom_image" && rule.image_url;
  return (
    <div className={css.value} style={conditionalStyle(value, rules)}>
      {hasBackground(definition) && <Background definition={definition} />}
      {picture ? <ImageAt address={imageAddress(picture)} alt={figure.number} /> : null}
      {!(picture && rule?.hide_value) && (
        <BigNumber figure={figure} align={definition.text_align}>
          {comparison?.duration?.type && (
            <Compared definition={definition} comparison={comparison} value={value} unit={unit} />
          )}
        </BigNumber>
      )}
    </div>
  );
}

interface ComparedProps {
  definition: WidgetDefinition;
  comparison: Comparison;
  value: number;
  unit: UnitPair | null;
}

/** How far the number is from what it was. */
function Compared({ definition, comparison, value, unit }: ComparedProps) {
  const scope = useWidgetScope();
  const window = windowBefore(comparison, windowOf(definition.time, scope.window));
  return (
    <WidgetScopeProvider value={{ ...scope, window }}>
      <Before definition={{ ...definition, time: undefined }} {...{ comparison, value, unit }} />
    </WidgetScopeProvider>
  );
}

function Before({ definition, comparison, value, unit }: ComparedProps) {
  const { data } = useTable(definition);
  const change = data && changeOf(comparison, value, data.rows[0]?.values[0], unit);
  if (!change) return null;
  return (
    <p className={css.compared} data-state={change.state} title={`${change.text} ${change.words}`}>
      <b className="num">{change.text}</b> <span>{change.words}</span>
    </p>
  );
}

/** Pixels of a digit of the smallest size, and around the number. */
const SMALLEST_LETTER = 8.1;
const PADDING = 8;

interface BigProps {
  figure: Figure;
  align: unknown;
  children?: ReactNode;
}

function BigNumber({ figure, align, children }: BigProps) {
  const [frame, size] = useSize<HTMLDivElement>();
  const room = size.width > 0 ? (size.width - PADDING) / SMALLEST_LETTER - figure.unit.length * 0.5 : 99;
  const number = fitted(figure.number, Math.floor(room));
  const letters = number.length + figure.unit.length * 0.5;
  const style = { "--letters": Math.max(2, letters), textAlign: align } as CSSProperties;
  return (
    <div ref={frame} className={css.figure} style={style}>
      <span className="num" title={number === figure.number ? undefined : figure.number}>
        {number}
        {figure.unit && <small>{figure.unit}</small>}
      </span>
      {children}
    </div>
  );
}

interface BackgroundOptions {
  type?: "area" | "bars" | "line";
  yaxis?: { include_zero?: boolean };
}

function hasBackground(definition: WidgetDefinition): boolean {
  return typeof definition.timeseries_background === "object" && definition.timeseries_background !== null;
}

/** The series behind the number, pale and without axes. */
function Background({ definition }: { definition: WidgetDefinition }) {
  const { data, window } = useSeries(definition);
  const options = definition.timeseries_background as BackgroundOptions;
  const spec = useMemo(() => {
    if (!data) return null;
    const kind = options.type === "bars" ? "bars" : options.type === "line" ? "line" : "area";
    const requests = requestsOf(definition).map((request) => ({ ...request, display_type: kind as "line" }));
    const chart = chartSpec({ type: "timeseries", yaxis: options.yaxis }, requests, data, window);
    return { ...chart, bare: true, markers: [] };
  }, [data, window, definition, options]);
  return <div className={css.behind}>{spec && <TimeseriesChart spec={spec} legend="none" />}</div>;
}
