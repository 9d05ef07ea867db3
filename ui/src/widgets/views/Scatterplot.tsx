/** `scatterplot`: a dot a group, by two numbers; a third and fourth give size and color. */
import { slotStyle } from "~/core/palette";
import { consistentSlot } from "~/core/seriesPalette";
import { NumberFormat } from "~/core/units";
import { Swatch } from "~/ui";
import { toScale, transformOf } from "../axisScale";
import { axisRange } from "../buckets";
import { useTable } from "../data";
import { useSize } from "../dom";
import { fillVariable } from "../fills";
import { NoData } from "../NoData";
import { Answer } from "../QueryResult";
import { type Dot, dotsOf, rangeOf } from "../scatterDots";
import type { Table } from "../tables";
import type { WidgetAxis, WidgetDefinition } from "../types";
import { Frame, type Scale } from "./axes";
import css from "./views.module.css";

interface ScatterRequests {
  x?: object;
  y?: object;
  table?: { formulas?: { dimension?: string }[] };
}

export function Scatterplot({ definition }: { definition: WidgetDefinition }) {
  const requests = (definition.requests ?? {}) as ScatterRequests;
  const inner = requests.table ? [requests.table] : [requests.x, requests.y].filter(Boolean);
  const flat = { ...definition, requests: inner };
  const result = useTable(flat);
  const dimensions = requests.table?.formulas?.map((formula) => formula.dimension ?? "") ?? ["x", "y"];
  return (
    <Answer result={result}>
      {(table) => <Dots definition={definition} table={table} dimensions={dimensions} />}
    </Answer>
  );
}

interface DotsProps {
  definition: WidgetDefinition;
  table: Table;
  dimensions: string[];
}

function Dots({ definition, table, dimensions }: DotsProps) {
  const [frame, size] = useSize<HTMLDivElement>();
  const keys = (definition.color_by_groups as string[] | undefined) ?? [];
  const all = dotsOf(table, dimensions, keys);
  const [across, up] = [definition.xaxis as WidgetAxis | undefined, definition.yaxis].map((axis) =>
    transformOf(toScale(axis?.scale)),
  );
  const dots = all.filter((dot) => across!.has(dot.x) && up!.has(dot.y));
  if (dots.length === 0) {
    return <NoData title={all.length > 0 ? "No positive values for a log scale" : undefined} />;
  }
  const unitOf = (dimension: string) => table.columns[dimensions.indexOf(dimension)]?.unit;
  const scale = (axis: WidgetAxis | undefined, dimension: "x" | "y"): Scale => {
    const kind = toScale(axis?.scale);
    const [from, to] = rangeOf(
      dots.map((dot) => dot[dimension]),
      axisRange(axis?.min, axis?.max),
      kind,
      axis?.include_zero,
    );
    return { from, to, unit: unitOf(dimension), label: axis?.label || undefined, scale: kind };
  };
  const formats = { x: new NumberFormat(unitOf("x")), y: new NumberFormat(unitOf("y")) };
  const colors = [...new Set(dots.map((dot) => dot.group))].filter(Boolean);
  return (
    <div className={css.toplist} style={{ height: "100%" }}>
      <div ref={frame} style={{ flex: 1, minHeight: 0 }}>
        <Frame
          size={size}
          x={scale(definition.xaxis as WidgetAxis | undefined, "x")}
          y={scale(definition.yaxis, "y")}
          label={`Scatter plot of ${dots.length} groups`}
        >
          {(at) =>
            dots.map((dot) => (
              <circle
                key={dot.label}
                cx={at.x(dot.x)}
                cy={at.y(dot.y)}
                r={dot.radius}
                fill={`var(${colorOf(dot)})`}
                fillOpacity="0.65"
                stroke={`var(${colorOf(dot)})`}
              >
                <title>{`${dot.label}: ${formats.x.format(dot.x)}, ${formats.y.format(dot.y)}`}</title>
              </circle>
            ))
          }
        </Frame>
      </div>
      {colors.length > 1 && (
        <ul className={css.chips}>
          {colors.slice(0, 12).map((name) => (
            <li key={name}>
              <Swatch color={slotStyle(consistentSlot(name)).color} />
              <span className="truncate">{name}</span>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

const colorOf = (dot: Dot) =>
  dot.shade !== undefined ? fillVariable("cool", 0.2 + dot.shade * 0.79) : groupColor(dot);

const groupColor = (dot: Dot) => (dot.group ? slotStyle(consistentSlot(dot.group)).color : "--c1");
