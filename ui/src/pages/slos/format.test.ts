import { describe, expect, it } from "vitest";
import { leftOf, percent } from "./format";

describe("percent", () => {
  it("cuts and does not round", () => {
    expect(percent(99.98996, 3)).toBe("99.989%");
    expect(percent(99.95, 2)).toBe("99.95%");
    expect(percent(100, 0)).toBe("100%");
    expect(percent(null, 2)).toBe("–");
    expect(percent(-2907.63, 1)).toBe("−2,907.7%");
    expect(percent(-1e-12, 1)).toBe("0.0%");
  });
});

describe("what is left of the error budget", () => {
  it("is a duration or a count", () => {
    expect(leftOf({ value: 1224, unit: "seconds" })).toBe("20m");
    expect(leftOf({ value: -90_000, unit: "seconds" })).toBe("−1d 1h");
    expect(leftOf({ value: 12_345.9, unit: "requests" })).toBe("12,345 requests");
  });
});
