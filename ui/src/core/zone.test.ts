import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { roomyTicks, timeLabels, timeTicks } from "./chart/axes";
import { formatMoment, fromField, parseRange, toField } from "./time";
import { setZone, zoneName } from "./zone";

// `process` is Node's; the pages themselves have none.
declare const process: { env: Record<string, string | undefined> };

const DAY = 86400;
/** New York put its clocks on at 2:00 on 8 March 2026 and back at 2:00 on 1 November 2026. */
const SPRING = Date.UTC(2026, 2, 8, 5) / 1000;
const AUTUMN = Date.UTC(2026, 10, 1, 4) / 1000;

describe("local time", () => {
  const before = process.env.TZ;
  beforeAll(() => {
    process.env.TZ = "America/New_York";
  });
  afterAll(() => {
    process.env.TZ = before;
    setZone("local");
  });

  it("has days of 23 and 25 hours", () => {
    const spring = parseRange("2026-03-08 - 2026-03-08", SPRING * 1000)!;
    expect([spring.from / 1000, (spring.to - spring.from) / 3_600_000]).toEqual([SPRING, 23]);
    const autumn = parseRange("2026-11-01 - 2026-11-01", AUTUMN * 1000)!;
    expect([autumn.from / 1000, (autumn.to - autumn.from) / 3_600_000]).toEqual([AUTUMN, 25]);
  });

  it("knows yesterday on the day after the clocks were put on", () => {
    const { from, to } = parseRange("yesterday", (SPRING + 30 * 3600) * 1000)!;
    expect([from / 1000, (to - from) / 3_600_000]).toEqual([SPRING, 23]);
  });

  it("keeps ticks at round hours of the wall clock", () => {
    const labels = timeLabels(timeTicks(AUTUMN, AUTUMN + 25 * 3600 - 1, 480));
    expect(labels).toEqual(["Nov 1", "06:00", "12:00", "18:00"]);
    const spring = timeLabels(timeTicks(SPRING, SPRING + 23 * 3600 - 1, 480));
    expect(spring).toEqual(["Mar 8", "06:00", "12:00", "18:00"]);
  });

  it("keeps daily ticks at midnight", () => {
    const ticks = timeTicks(SPRING - DAY, SPRING + 3 * DAY, 400);
    expect(timeLabels(ticks)).toEqual(["Mar 7", "Mar 8", "Mar 9", "Mar 10", "Mar 11"]);
  });

  it("shows the hour that comes twice by its offset", () => {
    expect(zoneName((AUTUMN + 3600) * 1000)).toBe("America/New_York, UTC\u22124");
    expect(zoneName((AUTUMN + 2 * 3600) * 1000)).toBe("America/New_York, UTC\u22125");
  });

  it("leaves out a label that would be cut at the end", () => {
    expect(roomyTicks([0, 50, 99], 0, 100, 600)).toEqual([0, 50]);
  });

  it("gives way to UTC", () => {
    setZone("utc");
    expect(formatMoment(SPRING * 1000)).toBe("Mar 8, 05:00:00");
    expect(toField(SPRING * 1000)).toBe("2026-03-08T05:00:00");
    expect(fromField("2026-03-08T05:00:00")).toBe(SPRING * 1000);
    expect(parseRange("today", SPRING * 1000)!.from).toBe(Date.UTC(2026, 2, 8));
    setZone("local");
    expect(formatMoment(SPRING * 1000)).toBe("Mar 8, 00:00:00");
    expect(fromField(toField(SPRING * 1000))).toBe(SPRING * 1000);
  });
});

it("ticks of many years leave room for their labels", () => {
  const ticks = timeTicks(AUTUMN - 3650 * DAY, AUTUMN, 200);
  expect(ticks.length).toBeGreaterThan(1);
  expect(ticks.length).toBeLessThanOrEqual(4);
  expect(timeLabels(ticks)[0]).toMatch(/^[A-Z][a-z]{2} 20\d\d$/);
});
