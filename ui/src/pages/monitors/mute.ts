/** How long a mute lasts. */

export interface MuteLength {
  value: string;
  label: string;
}

export const LENGTHS: readonly MuteLength[] = [
  { value: "30m", label: "30 minutes" },
  { value: "1h", label: "1 hour" },
  { value: "4h", label: "4 hours" },
  { value: "tomorrow", label: "Until tomorrow 8:00" },
  { value: "date", label: "Until a date" },
  { value: "forever", label: "No end date" },
];

const MINUTES: Record<string, number> = { "30m": 30, "1h": 60, "4h": 240 };

/** When a mute of this length that starts now ends, UNIX seconds; null for never, NaN for a date that is none. */
export function endOf(length: string, now: Date, date: string): number | null {
  if (length === "forever") return null;
  if (length === "date") return Date.parse(date) / 1000;
  if (length === "tomorrow") {
    const morning = new Date(now);
    morning.setDate(morning.getDate() + 1);
    morning.setHours(8, 0, 0, 0);
    return morning.getTime() / 1000;
  }
  return Math.floor(now.getTime() / 1000) + (MINUTES[length] ?? 60) * 60;
}

/** What a downtime says of whom it mutes. */
interface Muting {
  id: number;
  scope: string[];
  monitor_id: number | null;
  monitor_tags: string[];
  end: number | null;
  active: boolean;
  active_child?: { start: number; end: number | null };
}

/** The downtimes that mute all monitors of what has these tags now: `service:web,env:prod`. */
export function mutesOf<Found extends Muting>(downtimes: readonly Found[], scope: string): Found[] {
  const tags = new Set(scope.split(","));
  const all = (list: readonly string[]) => list.length === 0 || list.every((tag) => tag === "*");
  return downtimes.filter(
    (one) =>
      one.active &&
      one.monitor_id === null &&
      all(one.monitor_tags) &&
      !all(one.scope) &&
      one.scope.every((tag) => tags.has(tag)),
  );
}

/** `Muted until Dec 1, 08:00`, or `Muted` for one without an end. */
export function muteLabel(mute: Muting): string {
  const end = mute.active_child ? mute.active_child.end : mute.end;
  if (end === null) return "Muted";
  const written = new Date(end * 1000).toLocaleString("en-US", {
    month: "short",
    day: "numeric",
    hour: "2-digit",
    minute: "2-digit",
    hour12: false,
  });
  return `Muted until ${written}`;
}
