/** Axes around a drawing in SVG: ticks, grid, and where a value stands in pixels. */
import type { ReactNode } from "react";
import { timeLabels, timeTicks } from "~/core/chart/axes";
import type { Marker } from "~/core/chart/model";
import { shorten } from "~/core/labels";
import { NumberFormat, type UnitPair } from "~/core/units";
import { type AxisScale, transformOf } from "../axisScale";
import type { Size } from "../dom";
import { Marks } from "./marks";

export interface Scale {
  from: number;
  to: number;
  unit?: UnitPair | null;
  /** UNIX seconds instead of numbers. */
  time?: boolean;
  label?: string;
  scale?: AxisScale;
}

export interface Position {
  x: (value: number) => number;
  y: (value: number) => number;
  width: number;
  height: number;
}

interface Props {
  size: Size;
  x: Scale;
  y: Scale;
  label: string;
  /** Lines and stripes across the drawing, by the values of its axes. */
  markers?: { x?: readonly Marker[]; y?: readonly Marker[] };
  children: (at: Position) => ReactNode;
}

const BOTTOM = 20;
/** Less than this, and labels would take what they belong to. */
const LEAST = { width: 110, height: 64 };
/** Of a wide letter, such as the M of millions. */
const LETTER = 6.8;

export function Frame({ size, x, y, label, markers, children }: Props) {
  if (size.width === 0 || size.height === 0) return null;
  const bare = { x: size.height < LEAST.height, y: size.width < LEAST.width };
  const named = (scale: Scale) => (scale.label ? 14 : 0);
  const bottom = bare.x ? 2 : BOTTOM + named(x);
  const [across, up] = [transformOf(x.scale), transformOf(y.scale)];
  const yValues = up.ticks(y.from, y.to, size.height - bottom, y.unit);
  const yTexts = new NumberFormat(y.unit).ticks(yValues);
  const left = bare.y ? 2 : Math.max(20, ...yTexts.map((text) => text.length * LETTER + 10)) + named(y);
  const width = Math.max(10, size.width - left - 8);
  const height = Math.max(10, size.height - bottom - 6);
  const at: Position = {
    x: (value) => left + across.share(value, x.from, x.to) * width,
    y: (value) => 6 + height - up.share(value, y.from, y.to) * height,
    width,
    height,
  };
  const xValues = x.time ? timeTicks(x.from, x.to, width) : across.ticks(x.from, x.to, width / 2, x.unit);
  const xTexts = x.time ? timeLabels(xValues) : new NumberFormat(x.unit).ticks(xValues);
  return (
    <svg width={size.width} height={size.height} role="img" aria-label={label} style={{ display: "block" }}>
      {yValues.map((value, i) => (
        <g key={value}>
          <line x1={left} x2={left + width} y1={at.y(value)} y2={at.y(value)} stroke="var(--grid-line)" />
          {!bare.y && !bare.x && (
            <text
              x={left - 6}
              y={at.y(value)}
              fontSize="11"
              textAnchor="end"
              dominantBaseline="central"
              fill="var(--axis)"
            >
              {yTexts[i]}
            </text>
          )}
        </g>
      ))}
      {children(at)}
      {markers && <Marks at={at} left={left} top={6} markers={markers} />}
      {xValues.map((value, i) => {
        if (bare.x) return null;
        const place = at.x(value);
        const half = (xTexts[i]!.length * LETTER) / 2;
        if (place - half < Math.max(0, left - 12) || place + half > size.width) return null;
        return (
          <text
            key={value}
            x={place}
            y={6 + height + 14}
            fontSize="11"
            textAnchor="middle"
            fill="var(--axis)"
          >
            {xTexts[i]}
          </text>
        );
      })}
      {x.label && !bare.x && (
        <text x={left + width / 2} y={size.height - 3} fontSize="11" textAnchor="middle" fill="var(--text-2)">
          {shorten(x.label, Math.floor(width / LETTER))}
        </text>
      )}
      {y.label && !bare.y && !bare.x && (
        <text
          transform={`translate(10 ${6 + height / 2}) rotate(-90)`}
          fontSize="11"
          textAnchor="middle"
          fill="var(--text-2)"
        >
          {shorten(y.label, Math.floor(height / LETTER))}
        </text>
      )}
    </svg>
  );
}
