/** `heatmap`: over time, how many groups or points have which value. */
import { useMemo } from "react";
import { rampVariable } from "~/core/palette";
import type { Series } from "~/core/response";
import { formatMoment } from "~/core/time";
import { NumberFormat } from "~/core/units";
import { axisRange } from "../buckets";
import { useSeries } from "../data";
import { useSize } from "../dom";
import { heatCells } from "../heatCells";
import { NoData } from "../NoData";
import { Answer } from "../QueryResult";
import type { Window } from "../request";
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

interface CellsProps {
  definition: WidgetDefinition;
  series: Series[];
  window: Window;
}

function Cells({ definition, series, window }: CellsProps) {
  const [frame, size] = useSize<HTMLDivElement>();
  const [min, max] = axisRange(definition.yaxis?.min, definition.yaxis?.max);
  const rows = Math.max(6, Math.min(30, Math.round(size.height / 12) || 12));
  const heat = useMemo(() => heatCells(series, { rows, min, max, columns: 60 }), [series, rows, min, max]);
  if (heat.cells.length === 0) return <NoData />;
  const unit = series[0]?.unit;
  const format = new NumberFormat(unit);
  const total = heat.cells.reduce((sum, cell) => sum + cell.count, 0);
  return (
    <div ref={frame} style={{ height: "100%" }}>
      <Frame
        size={size}
        x={{ from: window.from / 1000, to: window.to / 1000, time: true }}
        y={{ from: heat.low, to: heat.high, unit }}
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
                fill={`var(${rampVariable("heat", 0.15 + (cell.count / heat.most) * 0.85)})`}
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
