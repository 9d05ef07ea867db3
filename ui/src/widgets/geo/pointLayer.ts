/** Which events a map shows as points, and where they lie. Pure. */
import { type Entry, fieldOf } from "../pointPlot";

export type { Entry } from "../pointPlot";

export interface PointLayer {
  search: string;
  /** Attributes of the place. */
  latitude: string;
  longitude: string;
  colorBy: string;
}

export interface MapPoint {
  id: string;
  latitude: number;
  longitude: number;
  group: string;
  label: string;
}

const PLACE = "@network.client.geoip.location";

interface Request {
  response_format?: string;
  query?: { data_source?: string; query_string?: string };
  columns?: { field: string }[];
  style?: { color_by?: string };
}

/** The request of events; null where there is none, or its events are not stored here. */
export function pointLayer(requests: unknown): PointLayer | null {
  const all = Array.isArray(requests) ? (requests as Request[]) : [];
  const request = all.find((one) => one?.response_format === "event_list");
  const source = request?.query?.data_source ?? "logs_stream";
  if (!request || !["logs_stream", "logs"].includes(source)) return null;
  const fields = (request.columns ?? []).map((column) => column.field);
  const named = (ending: RegExp, other: string) =>
    fields.find((field) => ending.test(field)) ?? `${PLACE}.${other}`;
  return {
    search: request.query?.query_string ?? "",
    latitude: named(/(^|[._@])lat(itude)?$/i, "latitude"),
    longitude: named(/(^|[._@])(lon|lng|longitude)$/i, "longitude"),
    colorBy: request.style?.color_by ?? "",
  };
}

export function pointsOn(entries: readonly Entry[], layer: PointLayer): MapPoint[] {
  return entries.flatMap((entry) => {
    const [latitude, longitude] = [fieldOf(entry, layer.latitude), fieldOf(entry, layer.longitude)].map(
      (one) => (one === undefined || one === null || one === "" ? Number.NaN : Number(one)),
    );
    if (!(Math.abs(latitude!) <= 90) || !(Math.abs(longitude!) <= 180)) return [];
    const group = layer.colorBy ? String(fieldOf(entry, layer.colorBy) ?? "") : "";
    const text = String(entry.attributes.message ?? "").slice(0, 200);
    return [
      {
        id: entry.id,
        latitude: latitude!,
        longitude: longitude!,
        group,
        label: [group, text].filter(Boolean).join(": "),
      },
    ];
  });
}
