import { describe, expect, it } from "vitest";
import {
  formatAgo,
  formatInstant,
  formatWhole,
  liveRange,
  parseRange,
  rangeFromParams,
  rangeToParams,
  shiftRange,
  shortSpan,
  spanPreset,
  zoomOut,
} from "./time";

const NOW = new Date(2026, 10, 23, 14, 4, 0).getTime();
const at = (month: number, day: number, hour = 0, minute = 0) =>
  new Date(2026, month - 1, day, hour, minute).getTime();

describe("parseRange", () => {
  it.each(["3h", "3 hours", "past 3 hours", "now-3h", "last 3hr"])(
    "takes %s as the last three hours",
    (text) => {
      expect(parseRange(text, NOW)).toEqual(liveRange(3 * 3600_000, NOW));
    },
  );

  it("tells months from minutes", () => {
    expect(parseRange("2mo", NOW)?.from).toBe(NOW - 60 * 86400_000);
    expect(parseRange("2m", NOW)?.from).toBe(NOW - 120_000);
  });

  it("takes calendar words", () => {
    expect(parseRange("Today", NOW)).toEqual({ from: at(11, 23), to: NOW, live: true });
    expect(parseRange("yesterday", NOW)).toEqual({ from: at(11, 22), to: at(11, 23), live: false });
    expect(parseRange("last week", NOW)).toEqual({ from: at(11, 16), to: at(11, 23), live: false });
    expect(parseRange("last month", NOW)).toEqual({ from: at(10, 1), to: at(11, 1), live: false });
  });

  it("takes two ends, a day meaning its whole length", () => {
    expect(parseRange("Jan 1 - Jan 2", NOW)).toEqual({ from: at(1, 1), to: at(1, 3), live: false });
    expect(parseRange("6:00 am - 1:00 pm", NOW)).toEqual({
      from: at(11, 23, 6),
      to: at(11, 23, 13),
      live: false,
    });
    expect(parseRange("nov 22, 18:30 - nov 23 2 am", NOW)).toEqual({
      from: at(11, 22, 18, 30),
      to: at(11, 23, 2),
      live: false,
    });
    expect(parseRange("2026-11-01 to now", NOW)).toEqual({ from: at(11, 1), to: NOW, live: true });
    expect(parseRange("1700000000 - 1700003600", NOW)).toEqual({
      from: 1.7e12,
      to: 1.7e12 + 3600_000,
      live: false,
    });
  });

  it.each(["", "soon", "3 parsecs", "Jan 5 - Jan 1", "0h"])("refuses %j", (text) => {
    expect(parseRange(text, NOW)).toBeNull();
  });
});

describe("ranges in the address", () => {
  it("come back as they were", () => {
    const range = { from: NOW - 3600_000, to: NOW, live: false };
    expect(rangeFromParams(new URLSearchParams(rangeToParams(range)), NOW + 1)).toEqual(range);
  });

  it("move with the clock while live, and default to the past hour", () => {
    const params = new URLSearchParams(rangeToParams(liveRange(300_000, NOW)));
    expect(rangeFromParams(params, NOW + 60_000)).toEqual(liveRange(300_000, NOW + 60_000));
    expect(rangeFromParams(new URLSearchParams("from_ts=x"), NOW)).toEqual(liveRange(3600_000, NOW));
  });

  it("understand refresh_mode, which other links have in place of live", () => {
    const given = `from_ts=${NOW - 60_000}&to_ts=${NOW}`;
    expect(rangeFromParams(new URLSearchParams(`${given}&refresh_mode=sliding`), NOW).live).toBe(true);
    expect(rangeFromParams(new URLSearchParams(`${given}&refresh_mode=paused&live=true`), NOW).live).toBe(
      false,
    );
  });
});

describe("moves", () => {
  it("never pass the present", () => {
    const range = { from: NOW - 7200_000, to: NOW - 600_000, live: false };
    expect(shiftRange(range, 1, NOW).to).toBe(NOW);
    expect(zoomOut(range, NOW).to).toBe(NOW);
    expect(zoomOut(liveRange(3600_000, NOW), NOW)).toEqual(liveRange(7200_000, NOW));
  });
});

describe("names", () => {
  it("are those of the presets", () => {
    expect(spanPreset(liveRange(300_000, NOW))?.label).toBe("Past 5 Minutes");
    expect(spanPreset({ ...liveRange(300_000, NOW), live: false })).toBeNull();
    expect(shortSpan(3 * 3600_000)).toBe("3h");
    expect(shortSpan(36 * 3600_000)).toBe("36h");
    expect(formatAgo(NOW - 200_000, NOW)).toBe("3\u2009min ago");
  });
});

describe("moments", () => {
  const time = new Date(2026, 10, 23, 13, 4, 5, 7).getTime();

  it("tell milliseconds, and alone the year and zone too", () => {
    expect(formatInstant(time)).toBe("Nov 23, 13:04:05.007");
    expect(formatWhole(time)).toMatch(/^Nov 23, 2026, 13:04:05\.007 UTC[+−]\d/);
  });
});
