/** The page's time range: from the address, moving while live, changed by picker, keys and drags on charts. */
import { useQueryClient } from "@tanstack/react-query";
import { createContext, type ReactNode, useCallback, useContext, useEffect, useMemo, useState } from "react";
import {
  liveRange,
  rangeFromParams,
  rangeToParams,
  refreshInterval,
  shiftRange,
  type TimeRange,
  zoomOut,
} from "~/core/time";
import { ticks } from "./ticks";
import { useUrlParams } from "./url";

export interface TimeControl {
  range: TimeRange;
  /** Milliseconds between refreshes while live. */
  interval: number;
  set: (range: TimeRange) => void;
  shift: (direction: -1 | 1) => void;
  zoomOut: () => void;
  togglePause: () => void;
  refresh: () => void;
}

/** Parameters of links that a chosen range replaces. */
const REPLACED = {
  refresh_mode: null,
  fullscreen_start_ts: null,
  fullscreen_end_ts: null,
  fullscreen_paused: null,
};

const Context = createContext<TimeControl | null>(null);

export function TimeRangeProvider({ children }: { children: ReactNode }) {
  const [params, change] = useUrlParams();
  const [now, setNow] = useState(Date.now);
  const client = useQueryClient();
  // A link to one widget may carry the time of that widget alone.
  const single = params.get("fullscreen_widget") ? "fullscreen_" : "";
  const from = (single && params.get("fullscreen_start_ts")) || params.get("from_ts");
  const to = (single && params.get("fullscreen_end_ts")) || params.get("to_ts");
  const paused = single ? params.get("fullscreen_paused") : null;
  const live = paused === null ? params.get("live") : String(paused === "false");
  const mode = paused === null ? params.get("refresh_mode") : null;
  const range = useMemo(() => {
    const given = new URLSearchParams({ from_ts: from ?? "", to_ts: to ?? "", live: live ?? "" });
    if (mode) given.set("refresh_mode", mode);
    return rangeFromParams(given, now);
  }, [from, to, live, mode, now]);
  const interval = refreshInterval(range.to - range.from);

  useEffect(() => {
    if (!range.live) return;
    const tick = () => {
      if (!document.hidden) setNow(Date.now());
    };
    return ticks(tick, interval, () => client.isFetching() > 0);
  }, [range.live, interval, client]);

  const set = useCallback(
    (next: TimeRange) => {
      setNow(Date.now());
      change({ ...rangeToParams(next), ...REPLACED }, true);
    },
    [change],
  );
  const control = useMemo<TimeControl>(
    () => ({
      range,
      interval,
      set,
      shift: (direction) => set(shiftRange(range, direction, Date.now())),
      zoomOut: () => set(zoomOut(range, Date.now())),
      togglePause: () =>
        set(range.live ? { ...range, live: false } : liveRange(range.to - range.from, Date.now())),
      refresh: () => setNow(Date.now()),
    }),
    [range, interval, set],
  );
  return <Context.Provider value={control}>{children}</Context.Provider>;
}

export function useTimeRange(): TimeControl {
  const control = useContext(Context);
  if (!control) throw new Error("useTimeRange needs a TimeRangeProvider above it");
  return control;
}
