/** A map of services and the calls between them, drawn: nodes that can be selected, arrows, drag and zoom. */

import { type PointerEvent, useRef, useState, type WheelEvent } from "react";
import {
  fitMap,
  type MapEdge,
  type MapLayout,
  NODE_HEIGHT,
  NODE_WIDTH,
  type NodeKind,
  type Placed,
  revealNode,
  type View,
  zoomMap,
} from "~/core/serviceMap";
import { formatDuration, writeNumber } from "~/core/units";
import { Panel } from "~/ui";
import { useSize } from "~/widgets/dom";
import css from "./map.module.css";
import { percent } from "./statColumns";

export const KINDS: Record<NodeKind, string> = {
  service: "Service",
  database: "Database",
  queue: "Queue",
  external: "External host",
};

interface MapDrawingProps {
  layout: MapLayout;
  selected: string | null;
  onSelect: (id: string) => void;
  /** A double click. */
  onFocus: (id: string) => void;
}

const MARGIN = 24;

/** Drag moves the drawing, the wheel zooms; a double click focuses on a node. */
export function MapDrawing({ layout, selected, onSelect, onFocus }: MapDrawingProps) {
  const [canvas, frame] = useSize<HTMLDivElement>();
  // What the reader moved is of one layout and selection; what is selected later comes into view.
  const [moved, setMoved] = useState<{ layout: MapLayout; selected: string | null; view: View } | null>(null);
  const from = useRef<{ x: number; y: number } | null>(null);
  const drawing = { width: layout.width + 2 * MARGIN, height: layout.height + 2 * MARGIN };
  const places = new Map(layout.nodes.map((node) => [node.id, node]));
  const base = moved?.layout === layout ? moved.view : fitMap(drawing, frame);
  const chosen = moved?.layout === layout && moved.selected === selected ? null : places.get(selected ?? "");
  const view = chosen ? revealNode(base, { x: chosen.x + MARGIN, y: chosen.y + MARGIN }, frame) : base;
  const setView = (changed: View) => setMoved({ layout, selected, view: changed });
  const wheel = (event: WheelEvent<SVGSVGElement>) => {
    const edge = event.currentTarget.getBoundingClientRect();
    const point = { x: event.clientX - edge.x, y: event.clientY - edge.y };
    setView(zoomMap(view, event.deltaY < 0 ? 1.15 : 1 / 1.15, point, drawing, frame));
  };
  const move = (event: PointerEvent) => {
    if (!from.current) return;
    const [right, down] = [event.clientX - from.current.x, event.clientY - from.current.y];
    setView({ ...view, x: view.x + right, y: view.y + down });
    from.current = { x: event.clientX, y: event.clientY };
  };
  return (
    <Panel className={css.canvas}>
      <div ref={canvas} className={css.frame}>
        <svg
          role="img"
          aria-label={`Service map of ${layout.nodes.length} nodes`}
          onWheel={wheel}
          onPointerDown={(event) => {
            from.current = { x: event.clientX, y: event.clientY };
            setView(view); // a node that is clicked stays under the pointer
          }}
          onPointerMove={move}
          onPointerUp={() => {
            from.current = null;
          }}
          onPointerLeave={() => {
            from.current = null;
          }}
        >
          <defs>
            {(["arrow", "arrow-failing"] as const).map((id) => (
              <marker
                key={id}
                id={id}
                viewBox="0 0 8 8"
                refX="7"
                refY="4"
                markerWidth="9"
                markerHeight="9"
                markerUnits="userSpaceOnUse"
                orient="auto"
              >
                <path d="M0 0 L8 4 L0 8 z" className={id === "arrow" ? css.head : css.failingHead} />
              </marker>
            ))}
          </defs>
          <g transform={`translate(${view.x} ${view.y}) scale(${view.scale}) translate(${MARGIN} ${MARGIN})`}>
            {layout.edges.map((edge) => (
              <Edge
                key={`${edge.from} ${edge.to}`}
                edge={edge}
                from={places.get(edge.from)!}
                to={places.get(edge.to)!}
                faint={selected !== null && edge.from !== selected && edge.to !== selected}
              />
            ))}
            {layout.nodes.map((node) => (
              <Node
                key={node.id}
                node={node}
                selected={node.id === selected}
                onSelect={onSelect}
                onFocus={onFocus}
              />
            ))}
          </g>
        </svg>
      </div>
    </Panel>
  );
}

interface EdgeProps {
  edge: MapEdge;
  from: Placed;
  to: Placed;
  faint: boolean;
}

function Edge({ edge, from, to, faint }: EdgeProps) {
  const [x1, y1] = [from.x + NODE_WIDTH, from.y + NODE_HEIGHT / 2];
  const [x2, y2] = [to.x, to.y + NODE_HEIGHT / 2];
  const bend = Math.max(30, Math.abs(x2 - x1) / 2);
  const back = x2 <= x1;
  const path = back
    ? `M${from.x + NODE_WIDTH / 2} ${from.y} C${from.x} ${from.y - 60} ${to.x + NODE_WIDTH} ${to.y - 60} ${to.x + NODE_WIDTH / 2} ${to.y}`
    : `M${x1} ${y1} C${x1 + bend} ${y1} ${x2 - bend} ${y2} ${x2} ${y2}`;
  return (
    <path
      d={path}
      className={css.edge}
      data-failing={edge.errors > 0 || undefined}
      data-faint={faint || undefined}
      style={{ strokeWidth: 1 + Math.min(4, Math.log10(1 + edge.hits) / 1.2) }}
      markerEnd={edge.errors > 0 ? "url(#arrow-failing)" : "url(#arrow)"}
    >
      <title>
        {`${from.name} to ${to.name}: ${writeNumber(edge.hits)} calls, ${writeNumber(edge.errors)} errors`}
      </title>
    </path>
  );
}

interface NodeProps {
  node: Placed;
  selected: boolean;
  onSelect: (id: string) => void;
  onFocus: (id: string) => void;
}

const SHAPES: Record<NodeKind, number> = { service: 8, database: 22, queue: 0, external: 0 };

function Node({ node, selected, onSelect, onFocus }: NodeProps) {
  const rate = node.hits ? node.errors / node.hits : 0;
  return (
    <g
      className={css.node}
      role="button"
      tabIndex={0}
      transform={`translate(${node.x} ${node.y})`}
      aria-label={`${KINDS[node.kind]} ${node.name}`}
      aria-pressed={selected}
      data-kind={node.kind}
      data-failing={rate > 0 || undefined}
      onClick={() => onSelect(node.id)}
      onDoubleClick={() => onFocus(node.id)}
      onKeyDown={(event) => event.key === "Enter" && onSelect(node.id)}
    >
      <title>{`${KINDS[node.kind]} ${node.name}`}</title>
      <rect width={NODE_WIDTH} height={NODE_HEIGHT} rx={SHAPES[node.kind]} />
      <text x={12} y={18} className={css.name}>
        {node.name.length > 22 ? `${node.name.slice(0, 12)}…${node.name.slice(-8)}` : node.name}
      </text>
      <text x={12} y={34} className={css.numbers}>
        {writeNumber(node.hits)} · {formatDuration(node.latency)}
        {rate > 0 && ` · ◆ ${percent(rate)}`}
      </text>
    </g>
  );
}
