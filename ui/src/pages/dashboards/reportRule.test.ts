import { expect, it } from "vitest";
import { type Recurrence, ruleOf, ruleText } from "./reportRule";

const at = (every: Recurrence["every"]) => ruleOf({ every, day: "TU", time: "08:05" });

it("writes rules that are read back", () => {
  expect(at("day")).toBe("FREQ=DAILY;BYHOUR=8;BYMINUTE=5;BYSECOND=0");
  expect(ruleText(at("day"))).toBe("Every day at 08:05");
  expect(ruleText(at("weekday"))).toBe("Every weekday at 08:05");
  expect(ruleText(at("week"))).toBe("Every Tuesday at 08:05");
  expect(ruleText(at("month"))).toBe("On day 1 of every month at 08:05");
});

it("shows other rules as they are", () => {
  for (const rule of ["FREQ=HOURLY", "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO;BYHOUR=9"])
    expect(ruleText(rule)).toBe(rule);
});
