import type { Widget, WidgetLayout } from "~/widgets/types";

/** Every widget gets a place and a key while it is edited. */
export interface Draft extends Widget {
  key: string;
  layout: WidgetLayout;
}
