/** Markers over a drawing in SVG: a line each, or a stripe, with a label at its end. */
import type { Marker, Severity } from "~/core/chart/model";
import { shorten } from "~/core/labels";
import { labeled } from "../markLabels";
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
  // A logarithm has no place for what is not positive: that is below its axis.
  const within = (place: number, low: number, high: number) =>
    Number.isNaN(place) ? high : Math.max(low, Math.min(high, place));
  return (
    <g pointerEvents="none">
      {(markers.y ?? []).map((marker, i) => {
        const y = at.y(marker.value);
        const end = marker.to === undefined ? within(y, top, bottom) : within(at.y(marker.to), top, bottom);
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
      {labeled(
        (markers.x ?? []).map((marker) => ({ marker, x: at.x(marker.value) })),
        left,
        right,
      ).map(({ marker, x, label, end }, i) => (
        <g key={i}>
          <line x1={x} x2={x} y1={top} y2={bottom} {...lineOf(marker)} />
          {label && (
            <text x={end ? x - 4 : x + 4} y={top + 11} {...textOf(marker)} textAnchor={end ? "end" : "start"}>
              {label}
            </text>
          )}
        </g>
      ))}
    </g>
  );
}

const lineOf = ({ severity, dashed, bold }: Marker) => ({
  stroke: COLORS[severity],
  strokeWidth: bold ? 3 : 1,
  strokeDasharray: dashed === false ? undefined : "5 4",
});

/** Written on a halo of the panel, so that it is read over lines and cells. */
const textOf = ({ severity }: Marker) => ({
  fontSize: 11,
  fontWeight: 500,
  fill: COLORS[severity],
  stroke: "var(--surface)",
  strokeWidth: 3,
  paintOrder: "stroke" as const,
  strokeLinejoin: "round" as const,
});
