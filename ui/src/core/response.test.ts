import { describe, expect, it } from "vitest";
import { fillTimes, fromV1, fromV2 } from "./response";

const V1 = {
  expression: "avg:a{host:x}",
  tag_set: ["env:prod", "host:x"],
  pointlist: [
    [20_000, 1],
    [40_000, null],
  ] as [number, number | null][],
};

describe("fillTimes", () => {
  it("puts buckets into an outage, so that a line breaks there", () => {
    expect(fillTimes([0, 20, 100], 20)).toEqual([0, 20, 40, 60, 80, 100]);
    expect(fillTimes([], 20)).toEqual([]);
  });
});

describe("fromV1", () => {
  it("names series by the tags that tell them apart", () => {
    const other = { ...V1, tag_set: ["env:prod", "host:y"] };
    const { series } = fromV1({ series: [V1, other] });
    expect(series.map((one) => one.name)).toEqual(["host:x", "host:y"]);
    expect(series[0]).toMatchObject({ times: [20_000, 40_000], values: [1, null] });
  });

  it("takes aliases and notes", () => {
    const aliases = [{ expression: V1.expression, alias_name: "load" }];
    const answer = fromV1({ series: [V1], message: "Many were found; 5 are shown.; It is old." }, aliases);
    expect(answer.series[0]!.name).toBe("load");
    expect(answer.notes).toEqual(["Many were found; 5 are shown.", "It is old."]);
  });

  it("keeps which series are outliers", () => {
    const { series } = fromV1({ series: [V1, { ...V1, attributes: { outlier: true } }] });
    expect(series.map((one) => one.outlier)).toEqual([undefined, true]);
    const body = {
      data: { attributes: { series: [{ outlier: true }, {}], times: [0], values: [[1], [2]] } },
    };
    expect(fromV2(body, ["a"]).series.map((one) => one.outlier)).toEqual([true, undefined]);
  });

  it("keeps how surprising the points of a band are", () => {
    const edge: [number, number][] = [[20_000, 0]];
    const surprise: [number, number][] = [[40_000, 2.5]];
    const [series] = fromV1({ series: [{ ...V1, bands: { lower: edge, upper: edge, surprise } }] }).series;
    expect(series?.band?.surprise).toEqual([null, 2.5]);
  });
  it("keeps bands, also where they reach beyond the points", () => {
    const bands = {
      lower: [
        [20_000, 0],
        [60_000, 2],
      ] as [number, number][],
      upper: [
        [20_000, 3],
        [60_000, 4],
      ] as [number, number][],
    };
    const [series] = fromV1({ series: [{ ...V1, bands }] }).series;
    expect(series).toMatchObject({
      times: [20_000, 40_000, 60_000],
      values: [1, null, null],
      band: { lower: [0, null, 2], upper: [3, null, 4] },
    });
  });
});

describe("fromV2", () => {
  it("names lines by their formula where they have no group, and by both where formulas stand together", () => {
    const attributes = {
      series: [
        { group_tags: ["env:a"], query_index: 0 },
        { group_tags: [], query_index: 1 },
      ],
      times: [1, 2],
      values: [
        [1, 2],
        [3, null],
      ],
    };
    const { series } = fromV2({ data: { attributes } }, ["used", "free"]);
    expect(series.map((one) => one.name)).toEqual(["env:a · used", "free"]);
    expect(series[1]!.values).toEqual([3, null]);
  });
});
