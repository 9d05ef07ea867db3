/** `geomap`: countries colored by their numbers, and single events as points. */
import { useQuery } from "@tanstack/react-query";
import { slotStyle } from "~/core/palette";
import { consistentSlot } from "~/core/seriesPalette";
import { NumberFormat } from "~/core/units";
import { Loading } from "~/ui";
import { useTable } from "../data";
import { useSize } from "../dom";
import { fillVariable } from "../fills";
import { type MapPoint, useMapPoints } from "../geo/points";
import { boundsOf, type Countries, outline, projection } from "../geo/projection";
import { NoData } from "../NoData";
import { formulaUnit } from "../numberFormat";
import { Answer } from "../QueryResult";
import { requestsOf } from "../request";
import type { Table } from "../tables";
import type { WidgetDefinition } from "../types";
import css from "./views.module.css";

interface Style {
  palette?: string;
  palette_flip?: boolean;
}

export function Geomap({ definition }: { definition: WidgetDefinition }) {
  // The first request fills regions; a second one is a layer of single events.
  const regions = requestsOf(definition).filter(
    (request) => request.response_format !== "event_list" && !request.query,
  );
  const result = useTable({ ...definition, requests: regions.slice(0, 1) });
  const points = useMapPoints(definition);
  const map = useQuery({
    queryKey: ["countries"],
    queryFn: async () => (await import("../geo/countries.json")).default as Countries,
    staleTime: Number.POSITIVE_INFINITY,
  });
  return (
    <Answer result={result}>
      {(table) =>
        map.data ? (
          <World definition={definition} table={table} countries={map.data} points={points} />
        ) : (
          <Loading />
        )
      }
    </Answer>
  );
}

interface WorldProps {
  definition: WidgetDefinition;
  table: Table;
  countries: Countries;
  points: readonly MapPoint[];
}

const POINT_COLORS: Record<string, string> = {
  error: "--alert",
  warn: "--warn-fill",
  warning: "--warn-fill",
  ok: "--ok",
  info: "--info",
};

function pointColor(group: string): string {
  return POINT_COLORS[group] ?? (group ? slotStyle(consistentSlot(group)).color : "--c2");
}

function World({ definition, table, countries, points }: WorldProps) {
  const [frame, size] = useSize<HTMLDivElement>();
  const values = byCountry(table);
  if (values.size === 0 && points.length === 0) return <NoData />;
  const style = (definition.style ?? {}) as Style;
  const focus = String((definition.view as { focus?: string } | undefined)?.focus ?? "WORLD");
  const place = projection(boundsOf(focus, countries), size.width, size.height);
  const format = new NumberFormat(
    formulaUnit(requestsOf(definition)[0]?.formulas?.[0]?.number_format, table.columns[0]?.unit),
  );
  const most = Math.max(0, ...values.values());
  const fill = (code: string) => {
    const value = values.get(code);
    if (value === undefined) return "var(--surface-3)";
    // By the square root, so that one large country does not leave all others pale.
    const share = most > 0 ? Math.sqrt(Math.max(0, value) / most) : 0;
    const strength = 0.15 + share * 0.85;
    return `var(${fillVariable(style.palette, style.palette_flip ? 1.15 - strength : strength)})`;
  };
  const unknown = [...values].filter(([code]) => !countries[code]);
  return (
    <div ref={frame} className={css.map}>
      <svg
        width={size.width}
        height={size.height}
        role="img"
        aria-label={`Map of ${values.size} countries`}
        style={{ overflow: "hidden" }}
      >
        {Object.entries(countries).map(([code, country]) => (
          <path
            key={code}
            d={outline(country, place)}
            fill={fill(code)}
            stroke="var(--surface)"
            strokeWidth="0.5"
          >
            <title>
              {values.has(code) ? `${country.name}: ${format.format(values.get(code))}` : country.name}
            </title>
          </path>
        ))}
        {points.map((point) => (
          <circle
            key={point.id}
            cx={place.x(point.longitude)}
            cy={place.y(point.latitude)}
            r="4"
            fill={`var(${pointColor(point.group)})`}
            fillOpacity="0.7"
            stroke="var(--surface)"
            strokeWidth="0.5"
          >
            <title>{point.label}</title>
          </circle>
        ))}
      </svg>
      {unknown.length > 0 && (
        <p title={unknown.map(([code, value]) => `${code}: ${format.format(value)}`).join(", ")}>
          {unknown.length} not on the map
        </p>
      )}
    </div>
  );
}

/** Sums by the two letters of a country, in whatever case they come; the first group key holds them. */
function byCountry(table: Table): Map<string, number> {
  const result = new Map<string, number>();
  for (const row of table.rows) {
    const code = (row.tags[0] ?? "").trim().toUpperCase();
    const value = row.values[0];
    if (code === "" || code === "N/A" || value === null || value === undefined) continue;
    result.set(code, (result.get(code) ?? 0) + value);
  }
  return result;
}
