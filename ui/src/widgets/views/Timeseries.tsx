/** `timeseries`: lines, areas and bars over time. */

import { useMemo } from "react";
import type { Series } from "~/core/response";
import { Empty } from "~/ui";
import { chartSpec } from "../chartSpec";
import { type Result, useSeries } from "../data";
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
  const spec = useMemo(
    () => chartSpec(definition, requestsOf(definition), answers, { from, to }),
    [definition, answers, from, to],
  );
  if (spec.series.length === 0) return <Empty title="No data for this query in this window" />;
  const expanded = definition.legend_layout === "vertical" || (definition.legend_columns?.length ?? 0) > 2;
  return (
    <TimeseriesChart
      spec={spec}
      legend={definition.show_legend ? (expanded ? "expanded" : "compact") : "none"}
    />
  );
}
