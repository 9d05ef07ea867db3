/** `heatmap`: over time, how many groups or points have which value. */
import { useMemo } from "react";
import type { Series } from "~/core/response";
import { formatMoment } from "~/core/time";
import { NumberFormat } from "~/core/units";
import { toScale } from "../axisScale";
import { axisRange } from "../buckets";
import { toMarker } from "../chartSpec";
import { useSeries } from "../data";
import { useSize } from "../dom";
import { useEventMarks } from "../eventMarks";
import { fillVariable } from "../fills";
import { heatCells } from "../heatCells";
import { NoData } from "../NoData";
import { formulaUnit } from "../numberFormat";
import { Answer } from "../QueryResult";
import { requestsOf, type Window } from "../request";
import type { WidgetDefinition } from "../types";
import { Frame } from "./axes";

export function Heatmap({ definition }: { definition: WidgetDefinition }) {
  const result = useSeries(definition);
  return (
    <Answer result={result}>
      {(answers) => <Cells definition={definition} series={answers.flat()} window={result.window} />}
    </Answer>
  );
}

const LINES = new Set(["dog_classic", "classic", "datadog16", "dd20", "semantic"]);

interface CellsProps {
  definition: WidgetDefinition;
  series: Series[];
  window: Window;
}

function Cells({ definition, series, window }: CellsProps) {
  const [frame, size] = useSize<HTMLDivElement>();
  const [min, max] = axisRange(definition.yaxis?.min, definition.yaxis?.max);
  const rows = Math.max(6, Math.min(30, Math.round(size.height / 12) || 12));
  const { scale: name, include_zero: includeZero } = definition.yaxis ?? {};
  const scale = toScale(name);
  const buckets = Number((definition.xaxis as { num_buckets?: number } | undefined)?.num_buckets);
  const columns = buckets > 0 ? Math.min(200, Math.round(buckets)) : 60;
  const heat = useMemo(
    () => heatCells(series, { rows, min, max, columns, scale, includeZero }),
    [series, rows, min, max, columns, scale, includeZero],
  );
  const events = useEventMarks(definition, window);
  if (heat.cells.length === 0) {
    return (
      <NoData
        title={scale === "log" && series.length > 0 ? "No positive values for a log scale" : undefined}
      />
    );
  }
  const request = requestsOf(definition)[0];
  const unit = formulaUnit(request?.formulas?.[0]?.number_format, series[0]?.unit);
  const palette = request?.formulas?.[0]?.style?.palette ?? request?.style?.palette;
  // Palettes of lines say nothing of a heatmap.
  const ramp = palette && !LINES.has(palette) ? palette : "warm";
  const markers = {
    y: (definition.markers ?? []).flatMap(toMarker),
    x: events.map((event) => ({
      value: event.time,
      label: event.label,
      severity: event.severity ?? ("info" as const),
    })),
  };
  const format = new NumberFormat(unit);
  const total = heat.cells.reduce((sum, cell) => sum + cell.count, 0);
  return (
    <div ref={frame} style={{ height: "100%" }}>
      <Frame
        size={size}
        x={{ from: window.from / 1000, to: window.to / 1000, time: true }}
        y={{ from: heat.low, to: heat.high, unit, scale, label: definition.yaxis?.label || undefined }}
        markers={markers}
        label={`Heatmap of ${total.toLocaleString()} values`}
      >
        {(at) =>
          heat.cells.map((cell) => {
            const left = at.x(cell.from / 1000);
            const top = at.y(cell.high);
            return (
              <rect
                key={`${cell.from}/${cell.low}`}
                x={left}
                y={top}
                width={Math.max(1, at.x(cell.to / 1000) - left - 0.5)}
                height={Math.max(1, at.y(cell.low) - top - 0.5)}
                fill={`var(${fillVariable(ramp, 0.15 + (cell.count / heat.most) * 0.85)})`}
              >
                <title>{`${formatMoment(cell.from)}, ${format.format(cell.low)} to ${format.format(cell.high)}: ${cell.count.toLocaleString()} (${((cell.count / cell.column) * 100).toFixed(0)} %)`}</title>
              </rect>
            );
          })
        }
      </Frame>
    </div>
  );
}
