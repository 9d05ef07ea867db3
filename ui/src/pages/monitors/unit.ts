/** The unit of what a monitor compares with its thresholds. */
import { useMetricMetadata, useMetricNames, useUnits } from "~/api/metrics";
import type { Unit, UnitPair } from "~/core/units";
import { metricOf } from "./query";

/** Null while nothing reports the metric, whose metadata the server does not know then. */
export function useMetricUnit(query: string | undefined): UnitPair | null {
  const metric = metricOf(query);
  const names = useMetricNames();
  const metadata = useMetricMetadata(metric !== null && names.data?.includes(metric) ? metric : null);
  const units = useUnits();
  const named = (name: string | null | undefined): Unit | null =>
    units.data?.find((unit) => unit.name === name) ?? null;
  const unit = named(metadata.data?.unit);
  return unit ? [unit, named(metadata.data?.per_unit)] : null;
}
