/** `distribution`: how many groups, or points of a distribution metric, have which value. */

import { NumberFormat } from "~/core/units";
import { Async, Empty } from "~/ui";
import type { Bucket } from "../buckets";
import { useTable } from "../data";
import { useHistogram } from "../histogram";
import { Answer } from "../QueryResult";
import { requestsOf } from "../request";
import type { Table } from "../tables";
import type { WidgetDefinition, WidgetRequest } from "../types";

export function Distribution({ definition }: { definition: WidgetDefinition }) {
  const request: WidgetRequest & { query?: { query?: string } } = requestsOf(definition)[0] ?? {};
  const text = request.query?.query ?? request.q ?? "";
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
      {(answer) => <Columns buckets={answer.buckets} unit={new NumberFormat(answer.unit)} />}
    </Async>
  );
}

function OfGroups({ definition }: { definition: WidgetDefinition }) {
  const result = useTable(definition);
  return (
    <Answer result={result}>
      {(table) => <Columns buckets={bucketed(table)} unit={new NumberFormat(table.columns[0]?.unit)} />}
    </Answer>
  );
}

/** Twenty equal buckets over the values of the groups. */
export function bucketed(table: Table, count = 20): Bucket[] {
  const values = table.rows
    .map((row) => row.values[0])
    .filter((value): value is number => typeof value === "number");
  if (values.length === 0) return [];
  const least = Math.min(...values);
  const step = (Math.max(...values) - least) / count || 1;
  const buckets = Array.from({ length: count }, (_, index) => ({
    from: least + index * step,
    to: least + (index + 1) * step,
    count: 0,
  }));
  for (const value of values) buckets[Math.min(count - 1, Math.floor((value - least) / step))]!.count += 1;
  return buckets;
}

function Columns({ buckets, unit }: { buckets: Bucket[]; unit: NumberFormat }) {
  const total = buckets.reduce((sum, bucket) => sum + bucket.count, 0);
  if (total === 0) return <Empty title="No data for this query in this window" />;
  const most = Math.max(...buckets.map((bucket) => bucket.count));
  const width = 100 / buckets.length;
  const labels = [0, Math.floor(buckets.length / 2), buckets.length - 1];
  return (
    <div style={{ height: "100%", display: "flex", flexDirection: "column" }}>
      <svg
        viewBox="0 0 100 100"
        preserveAspectRatio="none"
        width="100%"
        style={{ flex: 1, minHeight: 0 }}
        role="img"
        aria-label="Distribution"
      >
        {buckets.map((bucket, index) => {
          const height = (bucket.count / most) * 96;
          return (
            <rect
              key={bucket.from}
              x={index * width + width * 0.06}
              width={width * 0.88}
              y={100 - height}
              height={height}
              fill="var(--c1)"
            >
              <title>{`${unit.format(bucket.from)} to ${unit.format(bucket.to)}: ${Math.round(bucket.count).toLocaleString()}`}</title>
            </rect>
          );
        })}
      </svg>
      <div
        className="muted num"
        style={{ display: "flex", justifyContent: "space-between", fontSize: "var(--fs-xs)" }}
      >
        {labels.map((index) => (
          <span key={index}>
            {unit.format(index === buckets.length - 1 ? buckets[index]!.to : buckets[index]!.from)}
          </span>
        ))}
      </div>
    </div>
  );
}
