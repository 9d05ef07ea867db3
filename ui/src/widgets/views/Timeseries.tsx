/** `timeseries`: lines, areas and bars over time. */
import { useMemo } from "react";
import type { Series } from "~/core/response";
import { useSharedAxis } from "../axisShare";
import { chartSpec } from "../chartSpec";
import { useWidgetScope } from "../context";
import { type Result, useSeries } from "../data";
import { useEventMarks } from "../eventMarks";
import { useFrame } from "../frame";
import { legendColumns, legendKind } from "../legendKind";
import { NoData } from "../NoData";
import { Answer } from "../QueryResult";
import { requestsOf } from "../request";
import { TimeseriesChart } from "../timeseries/chart";
import type { WidgetDefinition } from "../types";

export function Timeseries({ definition }: { definition: WidgetDefinition }) {
  const result = useSeries(definition);
  const text = requestsOf(definition)[0]?.q;
  return (
    <Answer result={result} text={text}>
      {(answers) => <Lines definition={definition} answers={answers} window={result.window} />}
    </Answer>
  );
}

interface LinesProps {
  definition: WidgetDefinition;
  answers: Series[][];
  window: Result<unknown>["window"];
}

function Lines({ definition, answers, window }: LinesProps) {
  const { from, to } = window;
  const frame = useFrame();
  const { onZoom } = useWidgetScope();
  const events = useEventMarks(definition, window);
  const own = useMemo(() => {
    const drawn = chartSpec(definition, requestsOf(definition), answers, { from, to });
    return events.length > 0 ? { ...drawn, events } : drawn;
  }, [definition, answers, from, to, events]);
  const spec = useSharedAxis(own);
  if (spec.series.length === 0) return <NoData />;
  const log = spec.yAxis?.scale === "log";
  if (log && !spec.series.some((one) => one.values.some((value) => value !== null && value > 0))) {
    return <NoData title="No positive values for a log scale" />;
  }
  return (
    <TimeseriesChart
      spec={spec}
      legend={legendKind(definition, frame)}
      columns={legendColumns(definition, frame)}
      searchable={frame.rows >= 4}
      onZoom={onZoom && ((start, end) => onZoom({ from: start * 1000, to: end * 1000 }))}
    />
  );
}
