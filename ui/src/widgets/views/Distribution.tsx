/** `distribution`: how many groups, or points of a distribution metric, have which value. */
import { NumberFormat, type UnitPair } from "~/core/units";
import { Async } from "~/ui";
import { axisRange, type Bucket, bucketed } from "../buckets";
import { useTable } from "../data";
import { useSize } from "../dom";
import { useHistogram } from "../histogram";
import { NoData } from "../NoData";
import { Answer } from "../QueryResult";
import { requestsOf } from "../request";
import type { Table } from "../tables";
import type { WidgetDefinition } from "../types";
import { Frame, type Scale } from "./axes";

interface XAxis {
  num_buckets?: number;
  min?: string;
  max?: string;
}

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
      {(answer) => <Columns buckets={answer.buckets} unit={answer.unit} what="points" />}
    </Async>
  );
}

function OfGroups({ definition }: { definition: WidgetDefinition }) {
  const result = useTable(definition);
  const axis = (definition.xaxis ?? {}) as XAxis;
  return (
    <Answer result={result}>
      {(table) => (
        <Columns
          buckets={bucketed(valuesOf(table), axisRange(axis.min, axis.max), axis.num_buckets)}
          unit={table.columns[0]?.unit}
          what="groups"
        />
      )}
    </Answer>
  );
}

const valuesOf = (table: Table) =>
  table.rows.map((row) => row.values[0]).filter((value): value is number => typeof value === "number");

interface ColumnsProps {
  buckets: Bucket[];
  unit: UnitPair | null | undefined;
  what: string;
}

function Columns({ buckets, unit, what }: ColumnsProps) {
  const [frame, size] = useSize<HTMLDivElement>();
  const total = buckets.reduce((sum, bucket) => sum + bucket.count, 0);
  if (total === 0) return <NoData />;
  const format = new NumberFormat(unit);
  const most = Math.max(...buckets.map((bucket) => bucket.count));
  const x: Scale = { from: buckets[0]!.from, to: buckets.at(-1)!.to, unit };
  const y: Scale = { from: 0, to: most * 1.05 };
  return (
    <div ref={frame} style={{ height: "100%" }}>
      <Frame size={size} x={x} y={y} label={`Distribution of ${total.toLocaleString()} ${what}`}>
        {(at) =>
          buckets.map((bucket) => {
            const left = at.x(bucket.from);
            const top = at.y(bucket.count);
            return (
              <rect
                key={bucket.from}
                x={left + 0.5}
                width={Math.max(0, at.x(bucket.to) - left - 1)}
                y={top}
                height={Math.max(0, at.y(0) - top)}
                fill="var(--c1)"
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
