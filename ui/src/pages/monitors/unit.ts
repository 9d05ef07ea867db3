/** The unit of what a monitor compares with its thresholds. */
import { useMetricMetadata, useUnits } from "~/api/metrics";
import type { Unit, UnitPair } from "~/core/units";
import { metricOf } from "./query";

export function useMetricUnit(query: string | undefined): UnitPair | null {
  const metadata = useMetricMetadata(metricOf(query));
  const units = useUnits();
  const named = (name: string | null | undefined): Unit | null =>
    units.data?.find((unit) => unit.name === name) ?? null;
  const unit = named(metadata.data?.unit);
  return unit ? [unit, named(metadata.data?.per_unit)] : null;
}
