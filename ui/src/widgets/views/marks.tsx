/** Markers over a drawing in SVG: a line each, or a stripe, with a label at its end. */
import type { Marker, Severity } from "~/core/chart/model";
import { shorten } from "~/core/labels";
import type { Position } from "./axes";

const COLORS: Record<Severity, string> = {
  alert: "var(--alert)",
  warn: "var(--warn)",
  ok: "var(--ok)",
  info: "var(--info)",
};

const LETTER = 6.6;

interface Props {
  at: Position;
  left: number;
  top: number;
  markers: { x?: readonly Marker[]; y?: readonly Marker[] };
}

export function Marks({ at, left, top, markers }: Props) {
  const [right, bottom] = [left + at.width, top + at.height];
  const within = (place: number, low: number, high: number) => Math.max(low, Math.min(high, place));
  return (
    <g pointerEvents="none">
      {(markers.y ?? []).map((marker, i) => {
        const y = at.y(marker.value);
        const end = marker.to === undefined ? y : within(at.y(marker.to), top, bottom);
        const start = within(y, top, bottom);
        return (
          <g key={i}>
            {end !== start && (
              <rect
                x={left}
                y={Math.min(start, end)}
                width={at.width}
                height={Math.abs(end - start)}
                fill={COLORS[marker.severity]}
                fillOpacity="0.1"
              />
            )}
            {y >= top && y <= bottom && <line x1={left} x2={right} y1={y} y2={y} {...lineOf(marker)} />}
            {marker.label && y >= top && y <= bottom && (
              <text x={right - 4} y={y > top + 16 ? y - 3 : y + 12} {...textOf(marker)} textAnchor="end">
                {shorten(marker.label, Math.floor(at.width / LETTER))}
              </text>
            )}
          </g>
        );
      })}
      {(markers.x ?? []).map((marker, i) => {
        const x = at.x(marker.value);
        if (x < left || x > right) return null;
        return (
          <g key={i}>
            <line x1={x} x2={x} y1={top} y2={bottom} {...lineOf(marker)} />
            {marker.label && (
              <text
                x={x > right - 80 ? x - 4 : x + 4}
                y={top + 11}
                {...textOf(marker)}
                textAnchor={x > right - 80 ? "end" : "start"}
              >
                {shorten(marker.label, Math.floor((x > right - 80 ? x - left : right - x) / LETTER))}
              </text>
            )}
          </g>
        );
      })}
    </g>
  );
}

const lineOf = ({ severity, dashed, bold }: Marker) => ({
  stroke: COLORS[severity],
  strokeWidth: bold ? 3 : 1,
  strokeDasharray: dashed === false ? undefined : "5 4",
});

const textOf = ({ severity }: Marker) => ({ fontSize: 11, fontWeight: 500, fill: COLORS[severity] });
