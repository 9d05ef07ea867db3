/** The waterfall: a row a span, in tree order, with a bar where it ran. A tree to the keyboard; only visible rows exist. */

import { useVirtualizer } from "@tanstack/react-virtual";
import type { KeyboardEvent } from "react";
import { useEffect, useMemo, useRef, useState } from "react";
import type { Box } from "~/core/flame";
import { formatDuration } from "~/core/units";
import { Button, Icon } from "~/ui";
import { Ruler } from "./flame";
import css from "./trace.module.css";
import { endOf, type ViewProps } from "./traceData";

const ROW = 28;
const DEEPEST_INDENT = 20;

export function Waterfall({ boxes, color, selected, onSelect, matching }: ViewProps) {
  const [closed, setClosed] = useState<ReadonlySet<string>>(new Set());
  const end = useMemo(() => endOf(boxes), [boxes]);
  const parents = useMemo(() => new Set(boxes.map((box) => box.span.parent)), [boxes]);
  const rows = useMemo(() => visible(boxes, closed, matching), [boxes, closed, matching]);
  const frame = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => frame.current,
    estimateSize: () => ROW,
    overscan: 10,
  });
  useEffect(() => {
    const index = rows.findIndex((box) => box.span.id === selected);
    if (index >= 0) virtual.scrollToIndex(index, { align: "auto" });
  }, [selected, rows, virtual]);
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
      const next = Math.max(0, Math.min(rows.length - 1, index + step));
      virtual.scrollToIndex(next);
      frame.current?.querySelector<HTMLElement>(`[data-index="${next}"]`)?.focus();
    } else if (event.key === "Enter") onSelect(box.span.id);
    else if (event.key === "ArrowLeft" && !closed.has(box.span.id)) toggle(box.span.id);
    else if (event.key === "ArrowRight" && closed.has(box.span.id)) toggle(box.span.id);
  };
  return (
    <div className={css.waterfall}>
      <div className={css.waterHead}>
        <span>
          <Button size="small" onClick={() => setClosed(new Set())}>
            Expand all
          </Button>{" "}
          <Button size="small" onClick={() => setClosed(new Set(parents))}>
            Collapse all
          </Button>
        </span>
        <Ruler view={{ from: 0, to: end }} />
      </div>
      <div ref={frame} className={css.scroll} role="tree" aria-label="Spans">
        <div style={{ position: "relative", height: virtual.getTotalSize() }}>
          {virtual.getVirtualItems().map((item) => {
            const box = rows[item.index]!;
            const open = !closed.has(box.span.id);
            const isParent = parents.has(box.span.id);
            return (
              <div
                key={box.span.id}
                className={css.waterRow}
                style={{ top: item.start, height: ROW }}
                role="treeitem"
                tabIndex={0}
                data-index={item.index}
                data-faint={(matching !== null && !matching.has(box.span.id)) || undefined}
                aria-level={box.depth + 1}
                aria-selected={box.span.id === selected}
                aria-expanded={isParent ? open : undefined}
                onClick={() => onSelect(box.span.id)}
                onKeyDown={(event) => press(event, item.index)}
              >
                <span className="truncate" style={{ paddingLeft: Math.min(box.depth, DEEPEST_INDENT) * 14 }}>
                  {isParent ? (
                    <button
                      type="button"
                      tabIndex={-1}
                      aria-label={open ? "Collapse" : "Expand"}
                      onClick={(event) => {
                        event.stopPropagation();
                        toggle(box.span.id);
                      }}
                    >
                      <Icon name={open ? "down" : "right"} size={12} />
                    </button>
                  ) : (
                    <i />
                  )}
                  {box.span.error && <b className={css.errors}>◆ </b>}
                  <b>{box.span.service}</b> {box.span.name}{" "}
                  <span className="muted">{box.span.resource !== box.span.name && box.span.resource}</span>
                </span>
                <Bar box={box} end={end} color={color(box.span)} />
              </div>
            );
          })}
        </div>
      </div>
    </div>
  );
}

/** Rows that are not below a collapsed one; with a filter, the spans that match and those above them. */
export function visible(
  boxes: readonly Box[],
  closed: ReadonlySet<string>,
  matching: ReadonlySet<string> | null,
): Box[] {
  const wanted = matching && withAncestors(boxes, matching);
  let hiddenBelow = Number.POSITIVE_INFINITY;
  return boxes.filter((box) => {
    if (box.depth > hiddenBelow) return false;
    hiddenBelow = closed.has(box.span.id) ? box.depth : Number.POSITIVE_INFINITY;
    return wanted === null || wanted.has(box.span.id);
  });
}

function withAncestors(boxes: readonly Box[], matching: ReadonlySet<string>): Set<string> {
  const parents = new Map(boxes.map((box) => [box.span.id, box.span.parent]));
  const found = new Set<string>();
  for (const id of matching) {
    for (let at: string | undefined = id; at && !found.has(at); at = parents.get(at)) found.add(at);
  }
  return found;
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
