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
