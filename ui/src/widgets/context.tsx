/** What every widget of a page shares: its variables, what is chosen for them, and the page's time. */

import { createContext, useContext } from "react";
import type { Window } from "./request";
import type { Chosen, TemplateVariable, WidgetDefinition } from "./types";

/** Times are UNIX milliseconds; without an end it is a moment. No widgets: on all graphs. */
export interface Annotation {
  id: string;
  description: string;
  color: "blue" | "gray" | "green" | "purple" | "red" | "yellow";
  from: number;
  to: number | null;
  widgetIds: readonly string[];
}

export interface WidgetScope {
  variables: readonly TemplateVariable[];
  chosen: Chosen;
  window: Window;
  /** Milliseconds between refreshes; null while the page stands still. */
  refresh: number | null;
  /** Called when somebody drags over a chart. */
  onZoom?: (window: Window) => void;
  /** What people wrote onto the graphs of the page. */
  annotations?: readonly Annotation[];
  /** The id of the widget that has this definition. */
  widgetIdOf?: (definition: WidgetDefinition) => string | undefined;
  /** For readers without an account: only what the dashboard's own queries show. */
  shared?: boolean;
}

const Context = createContext<WidgetScope | null>(null);

export const WidgetScopeProvider = Context.Provider;

export function useWidgetScope(): WidgetScope {
  const scope = useContext(Context);
  if (!scope) throw new Error("A widget needs a WidgetScopeProvider above it");
  return scope;
}
