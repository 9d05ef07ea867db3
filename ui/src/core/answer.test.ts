import { describe, expect, it } from "vitest";
import { fillTimes, fromV1, fromV2, type V1Series } from "./answer";

const series = (over: Partial<V1Series>): V1Series => ({
  metric: "a",
  expression: "avg:a{host:x}",
  scope: "host:x",
  tag_set: ["host:x"],
  interval: 20,
  query_index: 0,
  unit: null,
  pointlist: [
    [20_000, 1],
    [40_000, 2],
  ],
  ...over,
});

describe("fillTimes", () => {
  it("puts buckets into an outage, so that a line breaks there", () => {
    expect(fillTimes([0, 20, 100], 20)).toEqual([0, 20, 40, 60, 80, 100]);
    expect(fillTimes([], 20)).toEqual([]);
  });
});

describe("fromV1", () => {
  it("stands series of different times on common buckets", () => {
    const other = series({ scope: "host:y", tag_set: ["host:y"], pointlist: [[80_000, 5]] });
    const answer = fromV1({ series: [series({}), other] });
    expect(answer.times).toEqual([20, 40, 60, 80]);
    expect(answer.series.map((one) => one.values)).toEqual([
      [1, 2, null, null],
      [null, null, null, 5],
    ]);
    expect(answer.series.map((one) => one.label)).toEqual(["host:x", "host:y"]);
  });

  it("keeps bands", () => {
    const bands = { lower: [[20_000, 0]] as [number, number][], upper: [[20_000, 3]] as [number, number][] };
    const answer = fromV1({ series: [series({ bands })] });
    expect(answer.series[0]!.band).toEqual({ lower: [0, null], upper: [3, null] });
  });
});

describe("fromV2", () => {
  it("names lines by their formula where they have no group", () => {
    const attributes = {
      series: [{ group_tags: [], query_index: 0, unit: null }],
      times: [20_000],
      values: [[7]],
    };
    const answer = fromV2({ data: { attributes } }, ["errors / hits"]);
    expect(answer.series[0]).toMatchObject({ label: "errors / hits", values: [7], index: 0 });
  });
});
