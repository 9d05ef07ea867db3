/** Nothing came back: a fact in one quiet line, whatever the size of the widget. */
import css from "./panel.module.css";

export function NoData({ title = "No data in the selected time range" }: { title?: string }) {
  return (
    <div className={css.noData} data-no-data title={title}>
      <span>{title}</span>
    </div>
  );
}
