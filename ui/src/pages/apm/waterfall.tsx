/** The waterfall: a row a span, in tree order, with a bar where it ran. A tree to the keyboard. */

import type { KeyboardEvent } from "react";
import { useMemo, useRef, useState } from "react";
import type { Box } from "~/core/flame";
import { formatDuration } from "~/core/units";
import { Icon } from "~/ui";
import { type DrawingProps, Ruler } from "./flame";
import css from "./trace.module.css";

export function Waterfall({ boxes, color, selected, onSelect }: DrawingProps) {
  const [closed, setClosed] = useState<ReadonlySet<string>>(new Set());
  const end = Math.max(1, ...boxes.map((box) => box.span.start + box.span.duration));
  const parents = useMemo(() => new Set(boxes.map((box) => box.span.parent)), [boxes]);
  const rows = useMemo(() => visible(boxes, closed), [boxes, closed]);
  const tree = useRef<HTMLDivElement>(null);
  const toggle = (id: string) => {
    const next = new Set(closed);
    if (!next.delete(id)) next.add(id);
    setClosed(next);
  };
  const press = (event: KeyboardEvent, index: number) => {
    const box = rows[index]!;
    const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    if (step !== 0) {
      event.preventDefault();
      tree.current?.querySelectorAll<HTMLElement>("[role=treeitem]")[index + step]?.focus();
    } else if (event.key === "Enter") onSelect(box);
    else if (event.key === "ArrowLeft" && !closed.has(box.span.id)) toggle(box.span.id);
    else if (event.key === "ArrowRight" && closed.has(box.span.id)) toggle(box.span.id);
  };
  return (
    <div className={css.waterfall}>
      <div className={css.waterHead}>
        <span />
        <Ruler view={{ from: 0, to: end }} />
      </div>
      <div ref={tree} className={css.scroll} role="tree" aria-label="Spans">
        {rows.map((box, index) => (
          <div
            key={box.span.id}
            className={css.waterRow}
            role="treeitem"
            tabIndex={0}
            aria-level={box.depth + 1}
            aria-selected={box.span.id === selected}
            aria-expanded={parents.has(box.span.id) ? !closed.has(box.span.id) : undefined}
            onClick={() => onSelect(box)}
            onKeyDown={(event) => press(event, index)}
          >
            <span className="truncate" style={{ paddingLeft: Math.min(box.depth, 20) * 14 }}>
              {parents.has(box.span.id) ? (
                <button
                  type="button"
                  tabIndex={-1}
                  aria-label={closed.has(box.span.id) ? "Open" : "Close"}
                  onClick={(event) => {
                    event.stopPropagation();
                    toggle(box.span.id);
                  }}
                >
                  <Icon name={closed.has(box.span.id) ? "right" : "down"} size={12} />
                </button>
              ) : (
                <i />
              )}
              {box.span.error && <b className={css.errors}>◆ </b>}
              <b>{box.span.service}</b> <span className="muted">{box.span.resource || box.span.name}</span>
            </span>
            <Bar box={box} end={end} color={color(box.span.service)} />
          </div>
        ))}
      </div>
    </div>
  );
}

function visible(boxes: readonly Box[], closed: ReadonlySet<string>): Box[] {
  let hiddenBelow = Number.POSITIVE_INFINITY;
  return boxes.filter((box) => {
    if (box.depth > hiddenBelow) return false;
    hiddenBelow = closed.has(box.span.id) ? box.depth : Number.POSITIVE_INFINITY;
    return true;
  });
}

function Bar({ box, end, color }: { box: Box; end: number; color: string }) {
  const left = (box.span.start / end) * 100;
  const width = (box.span.duration / end) * 100;
  const late = left + width > 80;
  return (
    <span className={css.track}>
      <i
        data-error={box.span.error || undefined}
        style={{ left: `${left}%`, width: `max(2px, ${width}%)`, background: `var(${color})` }}
      />
      <small
        className="num"
        style={late ? { right: `${100 - left}%` } : { left: `calc(${left + width}% + 6px)` }}
      >
        {formatDuration(box.span.duration / 1e9)}
      </small>
    </span>
  );
}
