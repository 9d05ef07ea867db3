import type { WidgetTime } from "~/widgets/types";
import type { NotebookTime } from "./api";

/** A cell's or a notebook's time as widgets have theirs. */
export function widgetTime(time: NotebookTime | null | undefined): WidgetTime | undefined {
  if (!time) return undefined;
  if (time.live_span) return { live_span: time.live_span };
  const [from, to] = [Date.parse(time.start ?? ""), Date.parse(time.end ?? "")];
  return Number.isFinite(from) && Number.isFinite(to)
    ? { type: "fixed", from: from / 1000, to: to / 1000 }
    : undefined;
}
