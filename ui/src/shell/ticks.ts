/** The clock of a live page. */

const AGAIN_MS = 500;
const MOST_MS = 300_000;

/**
 * Calls `run` every `interval` milliseconds, later while `busy`: a new range ends the queries of the one before, and
 * where a server takes longer for them than the interval, nothing would ever be shown. After five minutes it no
 * longer waits. Returns what ends it.
 */
export function ticks(run: () => void, interval: number, busy: () => boolean): () => void {
  let timer: ReturnType<typeof setTimeout>;
  const tick = (waited: number) => {
    if (busy() && waited < MOST_MS) {
      timer = setTimeout(tick, AGAIN_MS, waited + AGAIN_MS);
      return;
    }
    run();
    timer = setTimeout(tick, interval, 0);
  };
  timer = setTimeout(tick, interval, 0);
  return () => clearTimeout(timer);
}
