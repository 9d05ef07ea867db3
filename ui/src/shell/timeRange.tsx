/** The page's time range: from the address, moving while live, changed by picker, keys and drags on charts. */
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

const Context = createContext<TimeControl | null>(null);

export function TimeRangeProvider({ children }: { children: ReactNode }) {
  const [params, change] = useUrlParams();
  const [now, setNow] = useState(Date.now);
  const from = params.get("from_ts");
  const to = params.get("to_ts");
  const live = params.get("live");
  const range = useMemo(() => {
    const given = new URLSearchParams({ from_ts: from ?? "", to_ts: to ?? "", live: live ?? "" });
    return rangeFromParams(given, now);
  }, [from, to, live, now]);
  const interval = refreshInterval(range.to - range.from);

  useEffect(() => {
    if (!range.live) return;
    const timer = setInterval(() => {
      if (!document.hidden) setNow(Date.now());
    }, interval);
    return () => clearInterval(timer);
  }, [range.live, interval]);

  const set = useCallback(
    (next: TimeRange) => {
      setNow(Date.now());
      change(rangeToParams(next), true);
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
