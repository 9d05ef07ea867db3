/** What was edited, with the way back and forth. Pure. */

export interface History<T> {
  past: readonly T[];
  present: T;
  future: readonly T[];
}

const MOST = 100;

export const historyOf = <T>(present: T): History<T> => ({ past: [], present, future: [] });

/** Equal states are no step. */
export function stepped<T>(history: History<T>, next: T): History<T> {
  if (JSON.stringify(next) === JSON.stringify(history.present)) return history;
  return { past: [...history.past, history.present].slice(-MOST), present: next, future: [] };
}

export function undone<T>({ past, present, future }: History<T>): History<T> {
  const last = past.at(-1);
  if (last === undefined) return { past, present, future };
  return { past: past.slice(0, -1), present: last, future: [present, ...future] };
}

export function redone<T>({ past, present, future }: History<T>): History<T> {
  const [next, ...rest] = future;
  return next === undefined
    ? { past, present, future }
    : { past: [...past, present], present: next, future: rest };
}
