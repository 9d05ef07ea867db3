/** The values under the pointer: largest first, nearest to the pointer in bold, never more than ten. */
import { useLayoutEffect, useRef } from "react";
import type { ChartSeries, ChartSpec } from "~/core/chart/model";
import type { Cursor } from "~/core/chart/plot";
import { shorten } from "~/core/labels";
import { formatMoment } from "~/core/time";
import { formatValue } from "~/core/units";
import { Swatch } from "~/ui";
import css from "./chart.module.css";

const ROWS = 10;
const GAP = 16;

interface TooltipProps {
  spec: ChartSpec;
  cursor: Cursor;
}

export function Tooltip({ spec, cursor }: TooltipProps) {
  const box = useRef<HTMLDivElement>(null);
  // Placed by hand: it follows the pointer at each frame, and only its own box is measured for that.
  useLayoutEffect(() => {
    const own = box.current;
    if (!own) return;
    const [width, height] = [own.offsetWidth, own.offsetHeight];
    const x = cursor.origin.left + cursor.x;
    const left = x + GAP + width < window.innerWidth - 8 ? x + GAP : x - GAP - width;
    const top = Math.min(cursor.origin.top + cursor.y + GAP, window.innerHeight - height - 8);
    own.style.transform = `translate(${Math.max(8, Math.round(left))}px, ${Math.max(8, Math.round(top))}px)`;
  }, [cursor]);

  const { index } = cursor;
  const time = spec.times[index];
  if (time === undefined) return null;
  const present = spec.series.filter((one) => !one.hidden && one.values[index] != null);
  const nearest = nearestTo(present, index, cursor);
  const sorted = [...present].sort((a, b) => b.values[index]! - a.values[index]!);
  const rows = sorted.slice(0, ROWS);
  if (nearest && !rows.includes(nearest)) rows[ROWS - 1] = nearest;
  const step = (spec.times[1] ?? time) - (spec.times[0] ?? time);
  const events = (spec.events ?? []).filter((event) => Math.abs(event.time - time) <= Math.max(step, 1));
  return (
    <div ref={box} className={css.tip} role="presentation">
      <div className="muted num">{formatMoment(time * 1000)}</div>
      {rows.map((one) => (
        <Row key={one.key} series={one} index={index} nearest={one === nearest && present.length > 1} />
      ))}
      {sorted.length > rows.length && <div className="muted">and {sorted.length - rows.length} more</div>}
      {present.length === 0 && <div className="muted">No value</div>}
      {events.map((event) => (
        <div key={`${event.time}${event.label}`} className="muted">
          <span>{event.label}</span>
        </div>
      ))}
    </div>
  );
}

function Row({ series, index, nearest }: { series: ChartSeries; index: number; nearest: boolean }) {
  const { band } = series;
  const [low, high] = [band?.lower[index], band?.upper[index]];
  const surprise = band?.surprise?.[index] ?? 0;
  const score = band?.score?.[index];
  return (
    <>
      <div data-nearest={nearest || undefined}>
        <Swatch color={series.color} />
        <span>{shorten(series.label)}</span>
        {series.outlier && <i className={css.mark}>outlier</i>}
        <b>{formatValue(series.values[index], series.unit)}</b>
      </div>
      {low != null && high != null && (
        <div>
          <Swatch color="--band" />
          <span>expected</span>
          <b>
            {formatValue(low, series.unit)} – {formatValue(high, series.unit)}
          </b>
        </div>
      )}
      {surprise >= 1 && (
        <div>
          <Swatch color="--alert" />
          <span>surprise</span>
          <b>{surprise.toFixed(1)} × usual</b>
        </div>
      )}
      {score != null && (
        <div>
          <Swatch color={score >= 1 ? "--alert" : "--band"} />
          <span>score</span>
          <b>{score.toFixed(1)}, alert from 1</b>
        </div>
      )}
    </>
  );
}

function nearestTo(series: readonly ChartSeries[], index: number, cursor: Cursor): ChartSeries | undefined {
  let best: ChartSeries | undefined;
  let distance = Number.POSITIVE_INFINITY;
  for (const one of series) {
    const away = Math.abs(one.values[index]! - (one.right ? cursor.right : cursor.value));
    if (away < distance) [best, distance] = [one, away];
  }
  return best;
}
