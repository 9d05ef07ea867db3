/** Shares of a whole by group. */
import { slotStyle } from "~/core/palette";
import { writeNumber } from "~/core/units";
import { arc } from "~/widgets/views/arc";
import { nameOf, total } from "./analyticsChart";
import type { Bucket } from "./api";
import css from "./panels.module.css";
import { writeTerm } from "./terms";
import { STATUS_COLORS } from "./types";

interface PieProps {
  buckets: readonly Bucket[];
  facets: readonly string[];
  onFilter: (field: string, value: string) => void;
}

export function Pie({ buckets, facets, onFilter }: PieProps) {
  const slices = buckets.filter((one) => total(one) > 0);
  const sum = slices.reduce((before, one) => before + total(one), 0);
  let before = 0;
  const parts = slices.map((bucket, at) => {
    const start = before;
    before += total(bucket) / sum;
    const name = nameOf(bucket, facets);
    // A status has the color that it has everywhere.
    const color = (facets.join() === "status" && STATUS_COLORS[name]) || slotStyle(at).color;
    return { bucket, start, end: before, name, color };
  });
  const pick = (bucket: Bucket) => facets[0] && onFilter(facets[0], bucket.by[facets[0]] ?? "");
  return (
    <div className={css.pie}>
      <svg viewBox="-100 -100 200 200" role="img" aria-label={`Pie of ${parts.length} groups`}>
        {parts.map((part) => (
          <path
            key={part.name}
            d={arc(part.start, part.end, 55, 98)}
            fill={`var(${part.color})`}
            onClick={() => pick(part.bucket)}
          >
            <title>{`${part.name}: ${writeNumber(total(part.bucket), 4)}`}</title>
          </path>
        ))}
        <text textAnchor="middle" dominantBaseline="central" fontSize="22" fill="var(--text)">
          {writeNumber(sum, 3)}
        </text>
      </svg>
      <ol>
        {parts.map((part) => (
          <li key={part.name}>
            <i style={{ background: `var(${part.color})` }} />
            <button
              type="button"
              className={css.cellLink}
              title={facets
                .map((field) => writeTerm({ field, value: part.bucket.by[field] ?? "" }))
                .join(" ")}
              onClick={() => pick(part.bucket)}
            >
              {part.name}
            </button>
            <span className="num">{writeNumber(total(part.bucket), 4)}</span>
            <span className="num muted">{((total(part.bucket) / sum) * 100).toFixed(1)}%</span>
          </li>
        ))}
      </ol>
    </div>
  );
}
