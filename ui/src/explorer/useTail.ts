/** Live tail: new rows as server-sent events, newest first, with the rate at which they match. */
import { useEffect, useRef, useState } from "react";
import { ROOT } from "~/api/client";
import type { ExplorerSource } from "./types";

export interface Tail<Row> {
  rows: Row[];
  /** Rows a second that match, and how many of them are shown. */
  rate: { matched: number; shown: number };
  /** What went wrong; undefined while the stream is open. */
  problem?: string;
}

const MOST = 1000;
const NOTHING = { matched: 0, shown: 0 };

/** Rows from now on; while `paused`, those that were received stay as they are. */
export function useTail<Row>(
  source: ExplorerSource<Row>,
  query: string,
  on: boolean,
  paused: boolean,
): Tail<Row> {
  const [rows, setRows] = useState<Row[]>([]);
  const [rate, setRate] = useState(NOTHING);
  const [problem, setProblem] = useState<string>();
  const still = useRef(paused);
  still.current = paused;
  useEffect(() => {
    setRows([]);
    setRate(NOTHING);
    setProblem(undefined);
    if (!on || !source.tailPath || !source.readTail) return;
    const read = source.readTail;
    const stream = new EventSource(
      `${ROOT}${source.tailPath}${source.tailPath.includes("?") ? "&" : "?"}query=${encodeURIComponent(query || "*")}`,
    );
    stream.addEventListener("rows", (event) => {
      if (still.current) return;
      const fresh = (event as MessageEvent<string>).data.split("\n").map(read).reverse();
      setRows((old) => [...fresh, ...old].slice(0, MOST));
    });
    stream.addEventListener("rate", (event) => setRate(JSON.parse((event as MessageEvent<string>).data)));
    stream.addEventListener("problem", (event) => {
      setProblem((event as MessageEvent<string>).data);
      stream.close();
    });
    stream.onopen = () => setProblem(undefined);
    stream.onerror = () => setProblem("Connection lost. Reconnecting.");
    return () => stream.close();
  }, [on, query, source]);
  return { rows, rate, problem };
}
