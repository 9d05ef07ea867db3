import { expect, it } from "vitest";
import { endOf } from "./mute";

const NOW = new Date("2026-11-29T22:15:00");

it("ends after its length, tomorrow morning, at a date, or never", () => {
  const now = NOW.getTime() / 1000;
  expect(endOf("30m", NOW, "")).toBe(now + 1800);
  expect(endOf("4h", NOW, "")).toBe(now + 14_400);
  expect(endOf("tomorrow", NOW, "")).toBe(new Date("2026-11-30T08:00:00").getTime() / 1000);
  expect(endOf("date", NOW, "2026-12-01T10:00")).toBe(new Date("2026-12-01T10:00").getTime() / 1000);
  expect(endOf("date", NOW, "")).toBeNaN();
  expect(endOf("forever", NOW, "")).toBeNull();
});
