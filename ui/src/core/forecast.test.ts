import { describe, expect, it } from "vitest";
import type { ChartSeries } from "./chart/model";
import { lookAhead, splitForecast } from "./forecast";

const HOUR = 3_600_000;

describe("lookAhead", () => {
  const window = { from: 0, to: HOUR };

  it("adds half of the window where a forecast is asked for", () => {
    const request = {
      queries: [{ query: "avg:disk.free{*}" }],
      formulas: [{ formula: "forecast(a, 'linear', 1)" }],
    };
    expect(lookAhead(window, request, HOUR)).toEqual({ from: 0, to: 1.5 * HOUR });
  });

  it("leaves other questions and windows of the past alone", () => {
    expect(lookAhead(window, "avg:forecast.runs{*}", HOUR)).toBe(window);
    expect(lookAhead(window, "forecast(avg:a{*}, 'linear', 1)", 5 * HOUR)).toBe(window);
  });
});

describe("splitForecast", () => {
  const series: ChartSeries = {
    key: "free",
    label: "free",
    kind: "line",
    color: "--c1",
    values: [3, 2, 1, 0],
    band: { lower: [null, null, 0, -1], upper: [null, null, 2, 1] },
  };

  it("dashes what is expected, from the last value on", () => {
    const [been, ahead] = splitForecast(series, [0, 10, 20, 30], 15);
    expect(been).toMatchObject({ label: "free", values: [3, 2, null, null], band: undefined });
    expect(ahead).toMatchObject({ label: "free, forecast", values: [null, 2, 1, 0], dash: [6, 4] });
    expect(ahead!.band).toBe(series.band);
  });

  it("keeps one line where all of it has been, or all of it is ahead", () => {
    expect(splitForecast(series, [0, 10, 20, 30], 30)).toEqual([series]);
    const coming = { ...series, values: [null, null, 1, 0] };
    expect(splitForecast(coming, [0, 10, 20, 30], 15).map((one) => one.label)).toEqual(["free, forecast"]);
  });
});
