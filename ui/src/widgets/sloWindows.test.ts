import { expect, test } from "vitest";
import { budgetLeft, sloState, sloWindow } from "./sloWindows";

const page = { from: 1, to: 2 };
const now = new Date(2026, 10, 25, 12).getTime();

test("windows are spans, or parts of the calendar", () => {
  expect(sloWindow("7d", now, page)).toEqual({ from: now - 7 * 86_400_000, to: now });
  expect(sloWindow("global_time", now, page)).toBe(page);
  expect(sloWindow("week_to_date", now, page).from).toBe(new Date(2026, 10, 23).getTime());
  expect(sloWindow("previous_week", now, page)).toEqual({
    from: new Date(2026, 10, 16).getTime(),
    to: new Date(2026, 10, 23).getTime(),
  });
  expect(sloWindow("month_to_date", now, page).from).toBe(new Date(2026, 10, 1).getTime());
  expect(sloWindow("previous_month", now, page)).toEqual({
    from: new Date(2026, 9, 1).getTime(),
    to: new Date(2026, 10, 1).getTime(),
  });
});

test("the budget is what lies between the target and all", () => {
  expect(budgetLeft(99.95, 99.9)).toBeCloseTo(50);
  expect(budgetLeft(99.8, 99.9)).toBeCloseTo(-100);
  expect(budgetLeft(100, 100)).toBe(100);
});

test("states", () => {
  expect([sloState(99, 99.9), sloState(99.95, 99.9, 99.99), sloState(100, 99.9), sloState(null, 99)]).toEqual(
    ["alert", "warn", "ok", "nodata"],
  );
});
