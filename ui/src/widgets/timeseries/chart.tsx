/** A time-series chart with tooltip and legend; used by the explorer, dashboards, monitors and every other page. */
import {
  type KeyboardEvent,
  type Ref,
  useEffect,
  useImperativeHandle,
  useMemo,
  useRef,
  useState,
} from "react";
import type { ChartSpec } from "~/core/chart/model";
import { TimeSeriesPlot } from "~/core/chart/plot";
import { cutWords, describe } from "~/core/chart/summary";
import { useTimeRange } from "~/shell/timeRange";
import css from "./chart.module.css";
import { CursorStore, useCursor, useCursorIndex } from "./cursorStore";
import { Legend, type LegendColumn, type LegendKind, type LegendProps } from "./legend";
import { Tooltip } from "./tooltip";

export interface ChartHandle {
  toBlob: () => Promise<Blob | null>;
}

interface ChartProps {
  spec: ChartSpec;
  legend?: LegendKind;
  /** Columns of an expanded legend. */
  columns?: readonly LegendColumn[];
  /** Whether an expanded legend of many has a search, which takes the room of its first row. */
  searchable?: boolean;
  /** Charts of one group share the cross-hair. */
  group?: string;
  /** Without it, a drag sets the page's time range. */
  onZoom?: (from: number, to: number) => void;
  /** Fixed height in CSS pixels; without it the chart fills its flex parent. */
  height?: number;
  ref?: Ref<ChartHandle>;
}

export function TimeseriesChart({
  spec,
  legend = "compact",
  columns,
  searchable,
  group,
  onZoom,
  height,
  ref,
}: ChartProps) {
  const time = useTimeRange();
  const [cursor] = useState(() => new CursorStore());
  const [hidden, setHidden] = useState<ReadonlySet<string>>(new Set());
  const element = useRef<HTMLDivElement>(null);
  const plot = useRef<TimeSeriesPlot | null>(null);
  const shown = useMemo<ChartSpec>(
    () => ({
      ...spec,
      series: spec.series.map((one) => ({
        ...one,
        hidden: one.hidden || hidden.has(one.key),
        // What was chosen in the legend comes out of the gray.
        muted: one.muted && hidden.size === 0,
      })),
    }),
    [spec, hidden],
  );
  const latest = useRef({ shown, onZoom, time });
  latest.current = { shown, onZoom, time };

  useEffect(() => {
    const zoom = (from: number, to: number) => {
      const { onZoom, time } = latest.current;
      if (onZoom) onZoom(from, to);
      else time.set({ from: from * 1000, to: to * 1000, live: false });
    };
    plot.current = new TimeSeriesPlot(
      element.current!,
      latest.current.shown,
      { onCursor: cursor.set, onZoom: zoom },
      group,
    );
    return () => plot.current?.destroy();
  }, [group, cursor]);
  useEffect(() => plot.current?.update(shown), [shown]);
  useImperativeHandle(ref, () => ({ toBlob: () => plot.current?.toBlob() ?? Promise.resolve(null) }), []);

  const press = (event: KeyboardEvent) => {
    const direction = event.key === "ArrowLeft" ? -1 : event.key === "ArrowRight" ? 1 : null;
    if (direction === null) return;
    event.preventDefault();
    plot.current?.step(direction, cursor.get()?.index ?? null);
  };
  return (
    <div className={css.frame} style={height ? { height, flex: "none" } : undefined}>
      <div
        ref={element}
        className={css.plot}
        role="img"
        tabIndex={spec.bare ? undefined : 0}
        aria-label={describe(spec)}
        onKeyDown={press}
        onBlur={() => plot.current?.leave()}
      />
      {spec.cut && !spec.bare && <p className={css.cut}>{cutWords(spec.cut)}, are drawn</p>}
      {!spec.bare && <TooltipAt spec={shown} cursor={cursor} />}
      {!spec.bare && legend !== "none" && (
        <LegendAt
          cursor={cursor}
          kind={legend}
          columns={columns}
          searchable={searchable}
          series={spec.series}
          hidden={hidden}
          onHidden={setHidden}
        />
      )}
    </div>
  );
}

/** The parts that follow the pointer; the chart itself is not rendered again for it. */
function TooltipAt({ spec, cursor }: { spec: ChartSpec; cursor: CursorStore }) {
  const at = useCursor(cursor);
  return at && <Tooltip spec={spec} cursor={at} />;
}

function LegendAt({ cursor, ...rest }: { cursor: CursorStore } & Omit<LegendProps, "index">) {
  return <Legend {...rest} index={useCursorIndex(cursor)} />;
}
