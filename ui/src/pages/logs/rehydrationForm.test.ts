import { expect, test } from "vitest";
import { isName, periodOf, periodProblem, timeField, wholeNumber } from "./rehydrationForm";

test("a time goes into an input and comes back", () => {
  const time = Date.UTC(2026, 2, 5, 10, 30);
  expect(Date.parse(timeField(time))).toBe(time);
});

test("a period needs two times in order", () => {
  expect(periodOf("2026-03-05T10:00", "2026-03-05T11:00")?.to).toBe(Date.parse("2026-03-05T11:00"));
  expect(periodOf("2026-03-05T10:00", "2026-03-05T10:00")).toBeNull();
  expect(periodOf("", "2026-03-05T10:00")).toBeNull();
  expect(periodProblem("", "2026-03-05T10:00")).toBe("The end must be after the start");
  expect(periodOf("2024-03-05T10:00", "2026-03-05T10:00")).toBeNull();
  expect(periodProblem("2024-03-05T10:00", "2026-03-05T10:00")).toBe("At most 366 days");
});

test("names are those of indexes", () => {
  expect(["a", "error-of-march-2", "Errors", "1a", "a_b", "", "a".repeat(101)].map(isName)).toEqual([
    true,
    true,
    false,
    false,
    false,
    false,
    false,
  ]);
});

test("numbers within bounds, with or without separators", () => {
  expect(wholeNumber("1,000,000", 1, 2_000_000)).toBe(1_000_000);
  expect(["0", "3000000", "1.5", "", "-1", "x"].map((one) => wholeNumber(one, 1, 2_000_000))).toEqual(
    Array(6).fill(null),
  );
});
