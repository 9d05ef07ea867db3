/** `split_group`: one graph for each value of a tag. */
import { useMemo } from "react";
import { useMetricTags } from "~/api/metrics";
import { Loading } from "~/ui";
import { AxisShare } from "../axisShare";
import { useTable } from "../data";
import { NoData } from "../NoData";
import { rankingQuery, type SplitConfig, splitDefinitions, splitKey, splitMetric } from "../splits";
import type { WidgetDefinition } from "../types";
import { WidgetPanel } from "../WidgetPanel";
import css from "./views.module.css";

const WIDTHS: Record<string, number> = { xs: 160, sm: 220, md: 320, lg: 480 };

export function SplitGroup({ definition }: { definition: WidgetDefinition }) {
  const config = (definition.split_config ?? {}) as SplitConfig;
  return rankingQuery(config) ? <Ranked definition={definition} /> : <Named definition={definition} />;
}

/** Values in the order of a metric. */
function Ranked({ definition }: { definition: WidgetDefinition }) {
  const config = (definition.split_config ?? {}) as SplitConfig;
  const order = config.sort?.order ?? "desc";
  const request = {
    response_format: "scalar",
    queries: [rankingQuery(config)],
    formulas: [{ formula: "rank" }],
    sort: { order_by: [{ type: "formula", index: 0, order }] },
  };
  const table = useTable({ type: "query_table", time: definition.time, requests: [request] });
  if (!table.data) return table.error ? <Named definition={definition} /> : <Loading />;
  return <Parts definition={definition} values={table.data.rows.map((row) => row.tags[0] ?? "")} />;
}

function Named({ definition }: { definition: WidgetDefinition }) {
  const source = definition.source_widget_definition as WidgetDefinition | undefined;
  const config = (definition.split_config ?? {}) as SplitConfig;
  const tags = useMetricTags(source && !config.static_splits ? splitMetric(source) : null);
  if (tags.isLoading) return <Loading />;
  return <Parts definition={definition} values={tags.data?.[splitKey(config)] ?? []} />;
}

function Parts({ definition, values }: { definition: WidgetDefinition; values: readonly string[] }) {
  const source = definition.source_widget_definition as WidgetDefinition | undefined;
  const config = (definition.split_config ?? {}) as SplitConfig;
  const parts = useMemo(
    () => (source ? splitDefinitions(source, config, values) : []),
    [source, config, values],
  );
  if (parts.length === 0) return <NoData />;
  const width = WIDTHS[String(definition.size ?? "md")] ?? 320;
  return (
    <AxisShare on={definition.has_uniform_y_axes === true}>
      <div
        className={css.split}
        style={{ gridTemplateColumns: `repeat(auto-fill, minmax(min(100%, ${width}px), 1fr))` }}
      >
        {parts.map((part) => (
          <WidgetPanel key={part.title} definition={part} rows={2} columns={3} nested />
        ))}
      </div>
    </AxisShare>
  );
}
