import { describe, expect, it } from "vitest";
import { chartOf } from "./analyticsChart";

const range = { from: 0, to: 40_000, live: false };
const buckets = [{ by: { status: "error" }, computes: { c0: [{ time: "1970-01-01T00:00:20Z", value: 3 }] } }];

describe("chartOf", () => {
  it("shows no rows as a count of zero", () => {
    for (const aggregation of ["count", "cardinality", "sum"]) {
      const chart = chartOf(buckets, ["status"], range, 10, aggregation);
      expect(chart.times).toEqual([0, 10, 20, 30, 40]);
      expect(chart.series[0]?.values).toEqual([0, 0, 3, 0, 0]);
    }
  });

  it("leaves a measure of no rows unknown", () => {
    const chart = chartOf(buckets, ["status"], range, 10, "avg");
    expect(chart.series[0]?.values).toEqual([null, null, 3, null, null]);
  });
});
