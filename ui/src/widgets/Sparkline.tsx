/** A line of a few pixels beside its number: no axes, gaps stay gaps. */
import { sparkPath } from "./sparkPath";
import css from "./views/views.module.css";

export function Sparkline({ values }: { values: readonly (number | null)[] }) {
  const path = sparkPath(values, 80, 18);
  if (path === "") return null;
  return (
    <svg className={css.spark} viewBox="0 0 80 18" aria-hidden="true">
      <path d={path} />
    </svg>
  );
}
