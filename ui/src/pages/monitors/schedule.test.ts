import { expect, test } from "vitest";
import type { Downtime } from "./api";
import { fromZone, inZone, recurrenceText, toField } from "./schedule";

test("wall-clock times keep their meaning across daylight saving", () => {
  expect(fromZone("2026-07-01T19:00", "Europe/Dublin")).toBe(Date.parse("2026-07-01T18:00:00Z") / 1000);
  expect(fromZone("2026-12-01T19:00", "Europe/Dublin")).toBe(Date.parse("2026-12-01T19:00:00Z") / 1000);
  expect(toField(fromZone("2026-10-25T09:00", "Europe/Paris"), "Europe/Paris")).toBe("2026-10-25T09:00");
});

test("both zones can be shown", () => {
  const start = Date.parse("2026-07-01T18:00:00Z") / 1000;
  expect(inZone(start, null, "Europe/Dublin")).toContain("19:00 until canceled (Europe/Dublin)");
  expect(inZone(start, start + 3600, "UTC")).toContain("18:00 to");
});

test("recurrence in words", () => {
  const base = { timezone: "UTC", recurrence: null } as unknown as Downtime;
  expect(recurrenceText(base)).toBe("once");
  const weekly = { type: "weeks", period: 1, week_days: ["Mon", "Tue"] };
  expect(recurrenceText({ ...base, recurrence: weekly })).toBe("every week on Mon, Tue");
});
