/** Recurrence rules of reports, as people choose them and as they read them. Pure. */

export interface Recurrence {
  every: "day" | "weekday" | "week" | "month";
  /** MO to SU, of a weekly report. */
  day: string;
  /** `HH:MM` */
  time: string;
}

export const DAYS = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"];
const NAMES: Record<string, string> = {
  MO: "Monday",
  TU: "Tuesday",
  WE: "Wednesday",
  TH: "Thursday",
  FR: "Friday",
  SA: "Saturday",
  SU: "Sunday",
};

export const dayName = (day: string) => NAMES[day] ?? day;

export function ruleOf({ every, day, time }: Recurrence): string {
  const [hour = "9", minute = "0"] = time.split(":");
  const at = `BYHOUR=${Number(hour)};BYMINUTE=${Number(minute)};BYSECOND=0`;
  if (every === "weekday") return `FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR;${at}`;
  if (every === "week") return `FREQ=WEEKLY;BYDAY=${day};${at}`;
  return every === "month" ? `FREQ=MONTHLY;BYMONTHDAY=1;${at}` : `FREQ=DAILY;${at}`;
}

/** `Every Monday at 09:00`; rules of other clients that say more are shown as they are. */
export function ruleText(rule: string): string {
  const parts = new Map(
    rule
      .replace(/^RRULE:/, "")
      .split(";")
      .map((part) => part.split("=") as [string, string]),
  );
  const known = new Set(["FREQ", "BYDAY", "BYHOUR", "BYMINUTE", "BYSECOND", "BYMONTHDAY"]);
  const [hour, minute] = [parts.get("BYHOUR"), parts.get("BYMINUTE") ?? "0"];
  if (hour === undefined || !/^\d+$/.test(hour) || [...parts.keys()].some((key) => !known.has(key)))
    return rule;
  const at = `at ${hour.padStart(2, "0")}:${minute.padStart(2, "0")}`;
  const days = parts.get("BYDAY");
  if (parts.get("FREQ") === "DAILY" && !days) return `Every day ${at}`;
  if (parts.get("FREQ") === "WEEKLY" && days === "MO,TU,WE,TH,FR") return `Every weekday ${at}`;
  if (parts.get("FREQ") === "WEEKLY" && days) return `Every ${days.split(",").map(dayName).join(", ")} ${at}`;
  const date = parts.get("BYMONTHDAY");
  return parts.get("FREQ") === "MONTHLY" && date ? `On day ${date} of every month ${at}` : rule;
}
