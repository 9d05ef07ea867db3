/** A line, an area or bars of a few pixels beside their number: no axes, gaps stay gaps. */
import { type SparkKind, type SparkRange, sparkPath } from "./sparkPath";
import css from "./views/views.module.css";

interface Props {
  values: readonly (number | null)[];
  kind?: SparkKind;
  /** Bounds that it shares with others; without them its own values decide. */
  range?: SparkRange;
}

export function Sparkline({ values, kind = "line", range }: Props) {
  const path = sparkPath(values, 80, 18, kind, range);
  if (path === "") return null;
  return (
    <svg className={css.spark} viewBox="0 0 80 18" aria-hidden="true" data-kind={kind}>
      <path d={path} />
    </svg>
  );
}
