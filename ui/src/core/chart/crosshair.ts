/** The cross-hair that charts of one group share: one line a chart, moved without asking the charts to draw. */

export interface CrosshairMember {
  /** Shows the line at a time in UNIX seconds; null hides it. */
  cross: (time: number | null) => void;
}

const groups = new Map<string, Set<CrosshairMember>>();

/** Adds a chart to a group; the result takes it out again. */
export function joinGroup(name: string, member: CrosshairMember): () => void {
  const members = groups.get(name) ?? new Set();
  groups.set(name, members.add(member));
  return () => {
    members.delete(member);
    if (members.size === 0) groups.delete(name);
  };
}

/** Tells all others of the group where the pointer of `from` is. */
export function shareTime(name: string, from: CrosshairMember, time: number | null) {
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
