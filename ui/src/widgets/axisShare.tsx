/** One value axis for several graphs: each tells what it needs, all show what covers them. */
import {
  createContext,
  type ReactNode,
  useCallback,
  useContext,
  useEffect,
  useId,
  useMemo,
  useState,
} from "react";
import type { ChartSpec } from "~/core/chart/model";
import { extent, stacked } from "~/core/chart/stack";

type Range = readonly [number, number];

interface Share {
  ranges: ReadonlyMap<string, Range>;
  tell: (id: string, range: Range | null) => void;
}

const Context = createContext<Share | null>(null);

export function AxisShare({ on, children }: { on: boolean; children: ReactNode }) {
  const [ranges, setRanges] = useState<ReadonlyMap<string, Range>>(new Map());
  const tell = useCallback((id: string, range: Range | null) => {
    setRanges((known) => {
      const own = known.get(id);
      if (own?.[0] === range?.[0] && own?.[1] === range?.[1]) return known;
      const next = new Map(known);
      if (range) next.set(id, range);
      else next.delete(id);
      return next;
    });
  }, []);
  const share = useMemo<Share>(() => ({ ranges, tell }), [ranges, tell]);
  return <Context value={on ? share : null}>{children}</Context>;
}

/** The specification with the bounds that it shares with its neighbors; those that the author set stay. */
export function useSharedAxis(spec: ChartSpec): ChartSpec {
  const share = useContext(Context);
  const id = useId();
  const tell = share?.tell;
  const range = useMemo(() => (tell ? extent(spec.series, stacked(spec.series)) : null), [tell, spec]);
  useEffect(() => tell?.(id, range), [tell, id, range]);
  useEffect(() => () => tell?.(id, null), [tell, id]);
  const ranges = share?.ranges;
  return useMemo(() => {
    if (!ranges || ranges.size === 0) return spec;
    const { min, max, includeZero } = spec.yAxis ?? {};
    const all = [...ranges.values()];
    const low = Math.min(...all.map((one) => one[0]), ...(includeZero === false ? [] : [0]));
    const high = Math.max(...all.map((one) => one[1]), ...(includeZero === false ? [] : [0]));
    if (!(high > low)) return spec;
    return { ...spec, yAxis: { ...spec.yAxis, min: min ?? low, max: max ?? high + (high - low) * 0.04 } };
  }, [spec, ranges]);
}
