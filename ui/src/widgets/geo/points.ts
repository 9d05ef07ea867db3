/** The point layer of a map: single events with a place. */
import { useQuery } from "@tanstack/react-query";
import { request as call } from "~/api/client";
import { useWidgetScope } from "../context";
import { windowOf } from "../request";
import type { WidgetDefinition } from "../types";
import { substitute } from "../variables";
import { type Entry, type MapPoint, pointLayer, pointsOn } from "./pointLayer";

export type { MapPoint } from "./pointLayer";

const NONE: MapPoint[] = [];

export function useMapPoints(definition: WidgetDefinition): MapPoint[] {
  const { variables, chosen, window: page } = useWidgetScope();
  const window = windowOf(definition.time, page);
  const layer = pointLayer(definition.requests);
  const text = substitute(layer?.search ?? "", variables, chosen) || "*";
  const found = useQuery({
    queryKey: ["map-points", layer, text, window.from, window.to],
    enabled: layer !== null,
    retry: false,
    queryFn: async ({ signal }) => {
      const filter = {
        query: text,
        from: new Date(window.from).toISOString(),
        to: new Date(window.to).toISOString(),
      };
      const body = { filter, sort: "-timestamp", page: { limit: 1000 } };
      const { data } = await call<{ data: Entry[] }>("POST", "/api/v2/logs/events/search", { body, signal });
      return pointsOn(data, layer!);
    },
  });
  return found.data ?? NONE;
}
