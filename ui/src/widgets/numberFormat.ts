/** Units that a dashboard sets for a formula, over those that metrics have. Pure. */
import type { UnitPair } from "~/core/units";
import type { NumberFormatSpec } from "./types";

/** The unit to write numbers in: the formula's own, else the metric's, in the one scale that was fixed. */
export function formulaUnit(
  format: NumberFormatSpec | undefined,
  own: UnitPair | null | undefined,
): UnitPair | null {
  const unit = format?.unit;
  const scale = format?.unit_scale?.unit_name;
  if (unit?.type === "custom_unit_label" || (unit?.label && !unit.unit_name)) {
    return [{ name: unit.label ?? "", custom: true }];
  }
  if (unit?.unit_name) {
    const name = { name: unit.unit_name, ...(scale && { scale }) };
    return unit.per_unit_name ? [name, { name: unit.per_unit_name }] : [name];
  }
  if (scale && own?.[0]) return [{ ...own[0], scale }, own[1]];
  return own ?? null;
}
