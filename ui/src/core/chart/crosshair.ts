/** The cross-hair that charts of one group share: one line a chart, moved without asking the charts to draw. */

export interface CrosshairMember {
  /** Shows the line at a time in UNIX seconds; null hides it. */
  cross: (time: number | null) => void;
}

const groups = new Map<string, Set<CrosshairMember>>();

/**
 * How often, in milliseconds, the other charts follow. Their lines lie all over the page, so that a move of them
 * makes the browser put together the whole page, where the chart under the pointer costs only its own part.
 */
export const FOLLOW_MS = 60;

interface Following {
  from: CrosshairMember;
  time: number;
  /** Whether `time` has not been shown yet. */
  waits: boolean;
}

const following = new Map<string, Following>();

/** Adds a chart to a group; the result takes it out again. */
export function joinGroup(name: string, member: CrosshairMember): () => void {
  const members = groups.get(name) ?? new Set();
  groups.set(name, members.add(member));
  return () => {
    members.delete(member);
    if (members.size === 0) groups.delete(name);
  };
}

/** Tells all others of the group where the pointer of `from` is: at once, then every `FOLLOW_MS`; null at once. */
export function shareTime(name: string, from: CrosshairMember, time: number | null) {
  const known = following.get(name);
  if (time === null) {
    following.delete(name);
    tell(name, from, null);
  } else if (known?.from === from) {
    following.set(name, Object.assign(known, { time, waits: true }));
  } else {
    const one = { from, time, waits: false };
    following.set(name, one);
    tell(name, from, time);
    setTimeout(follow, FOLLOW_MS, name, one);
  }
}

/** Shows what came meanwhile; ends when nothing did. */
function follow(name: string, one: Following) {
  if (following.get(name) !== one) return;
  if (!one.waits) {
    following.delete(name);
    return;
  }
  one.waits = false;
  tell(name, one.from, one.time);
  setTimeout(follow, FOLLOW_MS, name, one);
}

function tell(name: string, from: CrosshairMember, time: number | null) {
  for (const member of groups.get(name) ?? []) if (member !== from) member.cross(time);
}

/**
 * Calls `run` with the last argument once a frame, however often it is called: a mouse reports its place more
 * often than a screen shows it. The result's `cancel` drops what waits.
 */
export function oncePerFrame<T>(run: (value: T) => void): ((value: T) => void) & { cancel: () => void } {
  let waiting: { value: T } | null = null;
  let frame = 0;
  const call = (value: T) => {
    if (!waiting) {
      frame = requestAnimationFrame(() => {
        const { value: last } = waiting!;
        waiting = null;
        run(last);
      });
    }
    waiting = { value };
  };
  const cancel = () => {
    cancelAnimationFrame(frame);
    waiting = null;
  };
  return Object.assign(call, { cancel });
}
