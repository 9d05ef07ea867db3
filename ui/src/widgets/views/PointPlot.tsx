/** `point_plot`: a point an event, over time. */
import { useQuery } from "@tanstack/react-query";
import { request as call } from "~/api/client";
import { slotStyle } from "~/core/palette";
import { consistentSlot } from "~/core/seriesPalette";
import { formatMoment } from "~/core/time";
import { Async, Swatch } from "~/ui";
import { toScale, transformOf } from "../axisScale";
import { axisRange } from "../buckets";
import { toMarker } from "../chartSpec";
import { useWidgetScope } from "../context";
import { useSize } from "../dom";
import { NoData } from "../NoData";
import { type Entry, type Point, plotRequest, pointsOf } from "../pointPlot";
import { type Window, windowOf } from "../request";
import { rangeOf } from "../scatterDots";
import type { WidgetDefinition } from "../types";
import { substitute } from "../variables";
import { Frame } from "./axes";
import css from "./views.module.css";

const SOURCES: Record<string, "logs" | "spans"> = {
  logs: "logs",
  logs_stream: "logs",
  spans: "spans",
  trace_stream: "spans",
};

export function PointPlot({ definition }: { definition: WidgetDefinition }) {
  const { variables, chosen, window: page } = useWidgetScope();
  const window = windowOf(definition.time, page);
  const { source, search, limit, dimensions, extra } = plotRequest(definition.requests);
  const stored = SOURCES[source];
  const text = substitute(search, variables, chosen) || "*";
  const query = useQuery({
    queryKey: ["point-plot", stored, text, limit, window.from, window.to],
    enabled: stored !== undefined,
    retry: false,
    queryFn: async ({ signal }) => {
      const filter = {
        query: text,
        from: new Date(window.from).toISOString(),
        to: new Date(window.to).toISOString(),
      };
      const attributes = { filter, sort: "-timestamp", page: { limit } };
      const body = stored === "spans" ? { data: { type: "search_request", attributes } } : attributes;
      return (await call<{ data: Entry[] }>("POST", `/api/v2/${stored}/events/search`, { body, signal }))
        .data;
    },
  });
  if (!stored) return <NoData title={`No ${source.replaceAll("_", " ")} data is stored here`} />;
  return (
    <Async query={query} text={text}>
      {(entries) => (
        <Points definition={definition} points={pointsOf(entries, dimensions, extra)} window={window} />
      )}
    </Async>
  );
}

interface PointsProps {
  definition: WidgetDefinition;
  points: Point[];
  window: Window;
}

const colorOf = (group: string) => (group ? slotStyle(consistentSlot(group)).color : "--c1");

function Points({ definition, points: all, window }: PointsProps) {
  const [frame, size] = useSize<HTMLDivElement>();
  const axis = definition.yaxis;
  const scale = toScale(axis?.scale);
  const points = all.filter((point) => transformOf(scale).has(point.y));
  if (points.length === 0) {
    return <NoData title={all.length > 0 ? "No positive values for a log scale" : undefined} />;
  }
  const [from, to] = rangeOf(
    points.map((point) => point.y),
    axisRange(axis?.min, axis?.max),
    scale,
    axis?.include_zero,
  );
  const groups = [...new Set(points.map((point) => point.group))].filter(Boolean);
  const legend = (definition.legend as { type?: string } | undefined)?.type !== "none";
  return (
    <div className={css.toplist} style={{ height: "100%" }}>
      <div ref={frame} style={{ flex: 1, minHeight: 0 }}>
        <Frame
          size={size}
          x={{ from: window.from / 1000, to: window.to / 1000, time: true }}
          y={{ from, to, scale, label: axis?.label || undefined }}
          markers={{ y: (definition.markers ?? []).flatMap(toMarker) }}
          label={`${points.length} points`}
        >
          {(at) =>
            points.map((point) => (
              <circle
                key={point.id}
                cx={at.x(point.time / 1000)}
                cy={at.y(point.y)}
                r={point.radius}
                fill={`var(${colorOf(point.group)})`}
                fillOpacity="0.6"
              >
                <title>
                  {[`${formatMoment(point.time)} ${point.group}: ${point.y}`, ...point.extra].join("\n")}
                </title>
              </circle>
            ))
          }
        </Frame>
      </div>
      {legend && groups.length > 1 && (
        <ul className={css.chips}>
          {groups.slice(0, 12).map((name) => (
            <li key={name}>
              <Swatch color={colorOf(name)} />
              <span className="truncate">{name}</span>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
