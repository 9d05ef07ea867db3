/** `distribution`: how many groups, or points of a distribution metric, have which value. */
import type { Marker } from "~/core/chart/model";
import { seriesStyles } from "~/core/seriesPalette";
import { NumberFormat, type UnitPair } from "~/core/units";
import { Async } from "~/ui";
import { toScale, transformOf } from "../axisScale";
import { axisRange, type Bucket, bucketed, percentileOf } from "../buckets";
import { toMarker } from "../chartSpec";
import { useTable } from "../data";
import { useSize } from "../dom";
import { useHistogram } from "../histogram";
import { NoData } from "../NoData";
import { formulaUnit } from "../numberFormat";
import { Answer } from "../QueryResult";
import { requestsOf } from "../request";
import type { Table } from "../tables";
import type { WidgetAxis, WidgetDefinition, WidgetMarker } from "../types";
import { Frame, type Scale } from "./axes";

type XAxis = WidgetAxis & { num_buckets?: number };

export function Distribution({ definition }: { definition: WidgetDefinition }) {
  const request = requestsOf(definition)[0];
  const text = request?.q ?? request?.queries?.[0]?.query ?? "";
  return text.startsWith("histogram:") ? (
    <OfPoints definition={definition} text={text} />
  ) : (
    <OfGroups definition={definition} />
  );
}

function OfPoints({ definition, text }: { definition: WidgetDefinition; text: string }) {
  const result = useHistogram(definition, text);
  return (
    <Async query={result} text={text}>
      {(answer) => <Columns {...{ definition }} buckets={answer.buckets} unit={answer.unit} what="points" />}
    </Async>
  );
}

function OfGroups({ definition }: { definition: WidgetDefinition }) {
  const result = useTable(definition);
  const axis = (definition.xaxis ?? {}) as XAxis;
  const options = { scale: toScale(axis.scale), includeZero: axis.include_zero };
  return (
    <Answer result={result}>
      {(table) => (
        <Columns
          {...{ definition }}
          buckets={bucketed(valuesOf(table), axisRange(axis.min, axis.max), axis.num_buckets, options)}
          unit={table.columns[0]?.unit}
          what="groups"
        />
      )}
    </Answer>
  );
}

const valuesOf = (table: Table) =>
  table.rows.map((row) => row.values[0]).filter((value): value is number => typeof value === "number");

/** Percentiles of what is drawn, and values, as lines from top to bottom. */
function markersOf(markers: readonly WidgetMarker[] | undefined, buckets: readonly Bucket[]): Marker[] {
  return (markers ?? []).flatMap((marker) => {
    if (!/percentile/.test(marker.display_type ?? "")) {
      return toMarker({ ...marker, value: marker.value.replace(/^x\b/, "y") });
    }
    const percent = Number.parseFloat(marker.value.replace(/^[py]\s*=?\s*/, ""));
    const value = percentileOf(buckets, percent / 100);
    return value === null ? [] : [{ value, label: marker.label || `p${percent}`, severity: "info" as const }];
  });
}

interface ColumnsProps {
  definition: WidgetDefinition;
  buckets: Bucket[];
  unit: UnitPair | null | undefined;
  what: string;
}

function Columns({ definition, buckets, unit: own, what }: ColumnsProps) {
  const [frame, size] = useSize<HTMLDivElement>();
  const total = buckets.reduce((sum, bucket) => sum + bucket.count, 0);
  if (total === 0) return <NoData />;
  const request = requestsOf(definition)[0];
  const unit = formulaUnit(request?.formulas?.[0]?.number_format, own);
  const palette = request?.formulas?.[0]?.style?.palette ?? request?.style?.palette;
  const [{ color }] = seriesStyles(palette, [{ name: what, tags: [] }]) as [{ color: string }];
  const format = new NumberFormat(unit);
  const most = Math.max(...buckets.map((bucket) => bucket.count));
  const [xaxis, yaxis] = [(definition.xaxis ?? {}) as XAxis, definition.yaxis ?? {}];
  const scale = toScale(yaxis.scale);
  const [min, max] = axisRange(yaxis.min, yaxis.max);
  const x: Scale = {
    from: buckets[0]!.from,
    to: buckets.at(-1)!.to,
    unit,
    label: xaxis.label || undefined,
    scale: toScale(xaxis.scale),
  };
  const least = Math.min(...buckets.filter((bucket) => bucket.count > 0).map((bucket) => bucket.count));
  const floor = scale === "log" ? Math.min(1, least / 2) : yaxis.include_zero === false ? least * 0.95 : 0;
  const y: Scale = {
    from: min !== null && transformOf(scale).has(min) ? min : floor,
    to: max ?? most * 1.05,
    label: yaxis.label || undefined,
    scale,
  };
  return (
    <div ref={frame} style={{ height: "100%" }}>
      <Frame
        size={size}
        x={x}
        y={y}
        label={`Distribution of ${total.toLocaleString()} ${what}`}
        markers={{ x: markersOf(definition.markers, buckets) }}
      >
        {(at) =>
          buckets.map((bucket) => {
            const left = at.x(bucket.from);
            const bottom = at.y(y.from);
            const top = bucket.count > y.from ? Math.max(6, at.y(bucket.count)) : bottom;
            return (
              <rect
                key={bucket.from}
                x={left + 0.5}
                width={Math.max(0, at.x(bucket.to) - left - 1)}
                y={top}
                height={Math.max(0, bottom - top)}
                fill={`var(${color})`}
              >
                <title>{`${format.format(bucket.from)} to ${format.format(bucket.to)}: ${Math.round(bucket.count).toLocaleString()} ${what}`}</title>
              </rect>
            );
          })
        }
      </Frame>
    </div>
  );
}
