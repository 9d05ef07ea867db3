/** Powerpacks on a dashboard: groups whose widgets are stored once for all dashboards. */
import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { request } from "~/api/client";
import type { Widget, WidgetDefinition } from "./types";

interface Powerpack {
  id: string;
  attributes: { name: string; group_widget: { definition: WidgetDefinition } };
}

const NONE: ReadonlyMap<string, Powerpack> = new Map();

/** The widgets with the contents of their powerpacks; unknown ones stay as they are. */
export function withPowerpacks(widgets: readonly Widget[], packs: ReadonlyMap<string, Powerpack>): Widget[] {
  return widgets.map((widget) => {
    const { definition } = widget;
    const pack = definition.type === "powerpack" ? packs.get(String(definition.powerpack_id)) : undefined;
    if (!pack) return widget;
    const group = pack.attributes.group_widget.definition;
    const title = definition.title ?? group.title ?? pack.attributes.name;
    return { ...widget, definition: { ...group, ...definition, title, widgets: filled(group, definition) } };
  });
}

interface Controlled {
  controlled_by_powerpack?: { name: string; prefix?: string; values: string[] }[];
  controlled_externally?: { name: string; prefix?: string; values: string[] }[];
}

/** The pack's widgets with the values that this dashboard gives to the pack's own variables. */
function filled(group: WidgetDefinition, definition: WidgetDefinition): Widget[] {
  const given = (definition.template_variables ?? {}) as Controlled;
  let text = JSON.stringify(group.widgets ?? []);
  for (const { name, prefix, values } of [
    ...(given.controlled_by_powerpack ?? []),
    ...(given.controlled_externally ?? []),
  ]) {
    const value = values[0];
    if (!value || value.startsWith("$")) continue;
    const filter =
      value === "*" ? "*" : prefix && !value.startsWith(`${prefix}:`) ? `${prefix}:${value}` : value;
    const escaped = JSON.stringify(filter).slice(1, -1);
    text = text.replace(new RegExp(`\\$${name.replace(/[^\w]/g, "\\$&")}(?![\\w.-])`, "g"), () => escaped);
  }
  return JSON.parse(text) as Widget[];
}

export function usePowerpacks(widgets: readonly Widget[]): readonly Widget[] {
  const used = widgets.some((widget) => widget.definition.type === "powerpack");
  const packs = useQuery({
    queryKey: ["powerpacks"],
    queryFn: async ({ signal }) => {
      const { data } = await request<{ data: Powerpack[] }>("GET", "/api/v2/powerpacks", {
        query: { "page[limit]": 1000 },
        signal,
      });
      return new Map(data.map((pack) => [pack.id, pack]));
    },
    enabled: used,
    staleTime: 60_000,
  });
  const known = packs.data ?? NONE;
  return useMemo(() => (used ? withPowerpacks(widgets, known) : widgets), [used, widgets, known]);
}
