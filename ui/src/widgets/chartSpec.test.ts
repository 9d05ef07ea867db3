import { expect, test } from "vitest";
import { bucketsOf } from "./buckets";
import { chartSpec } from "./chartSpec";
import type { WidgetRequest } from "./types";

const window = { from: 0, to: 60_000 };
const one = { name: "host:a", tags: ["host:a"], unit: null, times: [0, 20_000], values: [1, 2] };
const two = { name: "host:a", tags: [], unit: null, times: [20_000, 40_000], values: [5, null] };

test("series of several requests share one axis", () => {
  const spec = chartSpec({ type: "timeseries" }, [{}, { display_type: "bars" }], [[one], [two]], window);
  expect(spec.times).toEqual([0, 20, 40]);
  expect(spec.series.map((series) => series.values)).toEqual([
    [1, 2, null],
    [null, 5, null],
  ]);
  expect(spec.series.map((series) => series.key)).toEqual(["host:a", "host:a 2"]);
  expect(spec.series[1]!.kind).toBe("bars");
});

test("markers, axes and bands arrive", () => {
  const definition = {
    type: "timeseries",
    markers: [{ value: "50 < y < 90", display_type: "error dashed", label: " SLO " }],
    yaxis: { min: "0", max: "auto", scale: "log", include_zero: false },
  };
  const banded = { ...one, band: { lower: [0, 1], upper: [2, 3] } };
  const spec = chartSpec(definition, [{}], [[banded]], window);
  expect(spec.markers).toEqual([{ value: 50, to: 90, severity: "alert", dashed: true, label: "SLO" }]);
  expect(spec.yAxis).toEqual({ min: 0, max: undefined, scale: "log", includeZero: false });
  expect(spec.series[0]!.band).toEqual({ lower: [0, 1], upper: [2, 3] });
});

test("bins become equal buckets", () => {
  const bin = (value: number, count: number) => ({ ...one, tags: [`bin:${value}`], values: [count] });
  const buckets = bucketsOf([bin(10, 50), bin(20, 49), bin(1000, 1)], 10);
  expect(buckets.reduce((sum, bucket) => sum + bucket.count, 0)).toBe(100);
  expect(buckets.at(-1)!.to).toBe(20);
});

test("an outage is a hole, not a line", () => {
  const holed = { ...one, times: [0, 20_000, 100_000], values: [1, 2, 3] };
  const spec = chartSpec({ type: "timeseries" }, [{}], [[holed]], window);
  expect(spec.times).toEqual([0, 20, 40, 60, 80, 100]);
  expect(spec.series[0]!.values).toEqual([1, 2, null, null, null, 3]);
});

test("outliers are red and thick, the others step back", () => {
  const answers = [[one, { ...one, name: "host:b", outlier: true }]];
  const { series } = chartSpec({ type: "timeseries" }, [{}], answers, window);
  expect(series.map(({ color, width, outlier }) => [color === "--alert", width, outlier])).toEqual([
    [false, 1, undefined],
    [true, 3, true],
  ]);
});

test("a bucket longer than the window is in sight, though it began before", () => {
  const long = { ...one, times: [-3_600_000], values: [7] };
  expect(chartSpec({ type: "timeseries" }, [{}], [[long]], window).from).toBe(-3600);
  expect(chartSpec({ type: "timeseries" }, [{}], [[one]], window).from).toBe(0);
});

test("of too many series the largest are drawn, and twelve of them are in color", () => {
  const many = Array.from({ length: 130 }, (_, i) => ({
    ...one,
    name: `host:${i}`,
    values: [i, -i],
    times: one.times,
  }));
  const spec = chartSpec({ type: "timeseries" }, [{}], [many], window);
  expect(spec.cut).toEqual({ drawn: 100, total: 130 });
  expect(spec.series.map((series) => series.label)).toEqual(many.slice(30).map((series) => series.name));
  expect(spec.series.filter((series) => !series.muted).map((series) => series.label)).toEqual(
    many.slice(118).map((series) => series.name),
  );
  expect(chartSpec({ type: "timeseries" }, [{}], [[one, two]], window).cut).toBeUndefined();
});

test("requests at the right have an axis of their own, and scales are powers", () => {
  const definition = {
    type: "timeseries",
    yaxis: { scale: "sqrt" },
    right_yaxis: { scale: "pow2", max: "10" },
  };
  const spec = chartSpec(definition, [{}, { on_right_yaxis: true }], [[one], [two]], window);
  expect(spec.series.map((series) => series.right)).toEqual([undefined, true]);
  expect([spec.yAxis?.scale, spec.rightAxis?.scale, spec.rightAxis?.max]).toEqual([0.5, 2, 10]);
  const odd = chartSpec({ type: "timeseries", yaxis: { scale: "pow" } }, [{}], [[one]], window);
  expect(odd.yAxis?.scale).toBe("linear");
});

test("a solid line is solid however many come before it", () => {
  const many = Array.from({ length: 12 }, (_, i) => ({ ...one, name: `host:${i}`, tags: [`host:${i}`] }));
  const styled = (line_type?: "solid") =>
    chartSpec(
      { type: "timeseries" },
      [{ style: { palette: "warm", ...(line_type && { line_type }) } }],
      [many],
      window,
    ).series.map((series) => series.dash !== undefined);
  expect(styled().some(Boolean)).toBe(true);
  expect(styled("solid").some(Boolean)).toBe(false);
});

test("a formula's style and unit come before the request's", () => {
  const request = {
    formulas: [
      { formula: "a", style: { palette: "purple", palette_index: 0 } },
      { formula: "b", number_format: { unit: { unit_name: "byte" } } },
    ],
    style: { palette: "dog_classic" },
  };
  const answers = [[one, { ...one, name: "b", formula: 1 }]];
  const { series } = chartSpec({ type: "timeseries" }, [request], answers, window);
  expect(series.map((line) => line.color)).toEqual(["--ramp-purple-1", "--c2"]);
  expect(series[1]!.unit).toEqual([{ name: "byte" }]);
});

test("lines are ordered by their current value where the request says so", () => {
  const answers = [[one, { ...one, name: "host:b", values: [1, 9] }]];
  const { series } = chartSpec({ type: "timeseries" }, [{ style: { order_by: "values" } }], answers, window);
  expect(series.map((line) => line.label)).toEqual(["host:b", "host:a"]);
});

test("sums are shown of counts alone", () => {
  const counted = { queries: [{ name: "a", data_source: "logs", compute: { aggregation: "count" } }] };
  const summable = (request: WidgetRequest) =>
    chartSpec({ type: "timeseries" }, [request], [[one]], window).series[0]!.summable ?? false;
  expect([counted, { q: "sum:x{*}.as_count()" }, { q: "avg:x{*}" }].map(summable)).toEqual([
    true,
    true,
    false,
  ]);
});

test("an open range goes on to the edge, bold lines are bold", () => {
  const markers = [
    { value: "y > 5", display_type: "error bold" },
    { value: "y < 2", display_type: "ok solid" },
    { value: "y = 3" },
  ];
  const spec = chartSpec({ type: "timeseries", markers }, [{}], [[one]], window);
  expect(spec.markers).toMatchObject([
    { value: 5, to: Number.POSITIVE_INFINITY, bold: true, dashed: false },
    { value: 2, to: Number.NEGATIVE_INFINITY, dashed: false },
    { value: 3, dashed: true },
  ]);
  expect(spec.markers![2]).not.toHaveProperty("to");
});

test("equal requests share their series, and none of them is cut", () => {
  const spec = chartSpec({ type: "timeseries" }, [{}, {}], [[one], [one]], window);
  expect(spec.series).toHaveLength(2);
  expect(spec.cut).toBeUndefined();
});

test("values are written at the points where the request says so", () => {
  const request = { style: { has_value_labels: true } };
  expect(chartSpec({ type: "timeseries" }, [request], [[one]], window).series[0]!.labeled).toBe(true);
});
