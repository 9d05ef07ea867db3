/** `split_group`: one graph for each value of a tag. */
import { useMemo } from "react";
import { useMetricTags } from "~/api/metrics";
import { Loading } from "~/ui";
import { NoData } from "../NoData";
import { type SplitConfig, splitDefinitions, splitKey, splitMetric } from "../splits";
import type { WidgetDefinition } from "../types";
import { WidgetPanel } from "../WidgetPanel";
import css from "./views.module.css";

const WIDTHS: Record<string, number> = { xs: 160, sm: 220, md: 320, lg: 480 };

export function SplitGroup({ definition }: { definition: WidgetDefinition }) {
  const source = definition.source_widget_definition as WidgetDefinition | undefined;
  const config = (definition.split_config ?? {}) as SplitConfig;
  const metric = source ? splitMetric(source) : null;
  const tags = useMetricTags(config.static_splits ? null : metric);
  const key = splitKey(config);
  const parts = useMemo(
    () => (source ? splitDefinitions(source, config, tags.data?.[key] ?? []) : []),
    [source, config, tags.data, key],
  );
  if (tags.isLoading) return <Loading />;
  if (parts.length === 0) return <NoData />;
  const width = WIDTHS[String(definition.size ?? "md")] ?? 320;
  return (
    <div
      className={css.split}
      style={{ gridTemplateColumns: `repeat(auto-fill, minmax(min(100%, ${width}px), 1fr))` }}
    >
      {parts.map((part) => (
        <WidgetPanel key={part.title} definition={part} rows={2} columns={3} nested />
      ))}
    </div>
  );
}
