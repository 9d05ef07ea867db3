import { describe, expect, it } from "vitest";
import { logTicks, niceStep, powered, poweredTicks, timeLabels, timeTicks, yRange, yTicks } from "./axes";
import { labelPlace } from "./draw";
import { bridged, holes } from "./gaps";
import type { ChartSeries } from "./model";
import { extent, leastAbove, stacked } from "./stack";
import { describe as sentence, summarize } from "./summary";

const series = (values: (number | null)[], over: Partial<ChartSeries> = {}): ChartSeries => ({
  key: "a",
  label: "a",
  values,
  kind: "line",
  color: "--c1",
  ...over,
});

describe("stacked", () => {
  it("stands areas on each other and leaves lines alone", () => {
    const tops = stacked([
      series([1, 2], { kind: "area" }),
      series([9, 9]),
      series([3, 4], { kind: "area" }),
    ]);
    expect(tops).toEqual([
      [1, 2],
      [9, 9],
      [4, 6],
    ]);
  });

  it("stands on what is measured by the same axis alone", () => {
    const area = { kind: "area" as const };
    const tops = stacked([series([1], area), series([50], { ...area, right: true }), series([2], area)]);
    expect(tops).toEqual([[1], [50], [3]]);
    expect(extent([series([1]), series([50], { right: true })], [[1], [50]])).toEqual([1, 1]);
    expect(extent([series([1]), series([50], { right: true })], [[1], [50]], true)).toEqual([50, 50]);
  });

  it("goes down from zero with what is negative", () => {
    const bars = { kind: "bars" as const };
    expect(stacked([series([3], bars), series([-1], bars), series([2], bars), series([-4], bars)])).toEqual([
      [3],
      [-1],
      [5],
      [-5],
    ]);
  });

  it("lets a hidden or absent one take no room", () => {
    const tops = stacked([
      series([1, 1], { kind: "bars", hidden: true }),
      series([null, 2], { kind: "bars" }),
      series([3, 4], { kind: "bars" }),
    ]);
    expect(tops[1]).toEqual([null, 2]);
    expect(tops[2]).toEqual([3, 6]);
  });
});

describe("axes", () => {
  it("of a power have round ticks at about equal distances", () => {
    const ticks = poweredTicks(0, 100, 200, 0.5);
    expect(ticks).toEqual([0, 4, 20, 40, 60, 100]);
    expect(poweredTicks(-4, 4, 88, 2)).toEqual([-4, 0, 4]);
    expect(powered(powered(-9, 0.5), 2)).toBe(-9);
  });

  it("step by what people count in", () => {
    expect(niceStep(0.3)).toBe(0.5);
    expect(niceStep(70)).toBe(100);
    expect(niceStep(3 * 1024 ** 3, [{ name: "byte" }])).toBe(4 * 1024 ** 3);
    expect(niceStep(100, [{ name: "second" }])).toBe(120);
    expect(niceStep(70_000, [{ name: "millisecond" }])).toBe(120_000);
    expect(niceStep(0.03, [{ name: "second" }])).toBe(0.05);
  });

  it("of logarithms have powers of ten, and twos and fives where there is room", () => {
    expect(logTicks(1, 100, 200)).toEqual([1, 2, 5, 10, 20, 50, 100]);
    expect(logTicks(1.3, 120, 60)).toEqual([10, 100]);
    expect(
      leastAbove(
        [series([0, 3, null]), series([-5, 2])],
        [
          [0, 3, null],
          [-5, 2],
        ],
      ),
    ).toBe(2);
    expect(leastAbove([series([0])], [[0]])).toBe(0.1);
    expect(logTicks(1, 1e9, 100)).toEqual([1, 1e3, 1e6, 1e9]);
  });

  it("keep zero in view and hold the data", () => {
    for (const [low, high] of [
      [3, 101],
      [-5, 5],
      [0, 0],
      [7, 7],
      [-9, -2],
    ] as const) {
      const [bottom, top] = yRange([low, high], {}, 200);
      expect(bottom).toBeLessThanOrEqual(Math.min(low, 0));
      expect(top).toBeGreaterThanOrEqual(Math.max(high, 0));
      expect(top).toBeGreaterThan(bottom);
      expect(yTicks(bottom, top, 200).length).toBeGreaterThan(1);
    }
    for (let high = 1; high < 3000; high += 7) {
      const [bottom, top] = yRange([0, high], {}, 96);
      expect(yTicks(bottom, top, 64).length, `ticks up to ${top}`).toBeGreaterThan(1);
    }
    expect(yRange([3, 9], { min: 1, max: 20 }, 200)).toEqual([1, 20]);
  });

  it("write times of round local minutes", () => {
    const from = new Date(2026, 10, 23, 13, 4).getTime() / 1000;
    const ticks = timeTicks(from, from + 3600, 600);
    expect(timeLabels(ticks)).toEqual(["13:10", "13:20", "13:30", "13:40", "13:50", "14:00"]);
    const midnight = new Date(2026, 10, 23).getTime() / 1000;
    expect(timeLabels([midnight, midnight + 21600])).toEqual(["Nov 23", "06:00"]);
  });
});

describe("numbers of a series", () => {
  it("say of how many these are the largest", () => {
    const cut = { drawn: 100, total: 1234 };
    expect(sentence({ series: [series([1])], cut })).toMatch(
      /^Chart of 100 of 1,234 series, the largest\. a:/,
    );
    expect(sentence({ series: [series([1])] })).toMatch(/^Chart of 1 series\. a:/);
  });

  it("leave out what is missing", () => {
    expect(summarize([null, 2, 4, null])).toEqual({ last: 4, avg: 3, min: 2, max: 4, sum: 6 });
    expect(summarize([null]).max).toBeNull();
    expect(
      extent(
        [series([1, 5], { hidden: true }), series([2, null])],
        [
          [1, 5],
          [2, null],
        ],
      ),
    ).toEqual([2, 2]);
    expect(extent([], [])).toBeNull();
  });

  it("find points that no line would show", () => {
    expect(holes([0, 45, 90], [1, 2, 3]).lone).toEqual([]);
    expect(holes([0, 45, 1000], [1, 2, 3])).toEqual({ outages: [[45, 1000]], lone: [2] });
    expect(holes([0], [1]).lone).toEqual([0]);
    expect(holes([0, 10], [null, null])).toEqual({ outages: [], lone: [] });
  });

  it("are joined as often as their sender speaks", () => {
    const minutes = Array.from({ length: 60 }, (_, i) => i * 60);
    const every5 = minutes.map((_, i) => (i % 5 === 0 ? i : null));
    expect(holes(minutes, every5)).toEqual({ outages: [], lone: [] });
    const hours = Array.from({ length: 24 }, (_, i) => i * 3600);
    expect(holes(hours, hours)).toEqual({ outages: [], lone: [] });
    expect(
      holes(
        hours,
        hours.with(5, Number.NaN).map((v) => (v >= 0 ? v : null)),
      ).outages,
    ).toEqual([[4 * 3600, 6 * 3600]]);
    expect(bridged([0, 3600], [1, 2])).toBe(300);
  });
});

describe("bounds of an axis", () => {
  it("that leave no room are not taken", () => {
    expect(yRange([0, 90], { min: 5, max: 5 }, 200)).toEqual(yRange([0, 90], {}, 200));
    expect(yRange([0, 90], { min: 50, max: 5 }, 200)).toEqual(yRange([0, 90], {}, 200));
  });
  it("stay where all data lie beyond one of them", () => {
    expect(yRange([0, 90], { min: 1000 }, 200)).toEqual([1000, 1100]);
    expect(yRange([50, 90], { max: 0, includeZero: false }, 200)).toEqual([-1, 0]);
    expect(yRange([0, 90], { min: 20 }, 200)[0]).toBe(20);
  });
});

describe("the label of a marker", () => {
  it("stands above its line, below where another does, and nowhere without room", () => {
    expect(labelPlace(100, 0, 200, [], 1)).toBe(91.5);
    expect(labelPlace(100, 0, 200, [92], 1)).toBe(108.5);
    expect(labelPlace(100, 0, 200, [92, 105], 1)).toBeNull();
    expect(labelPlace(4, 0, 200, [], 1)).toBe(12.5);
    expect(labelPlace(-50, 0, 200, [], 1)).toBeNull();
  });
});
