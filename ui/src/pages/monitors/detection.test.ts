import { expect, it } from "vitest";
import { readDetection, writeDetection } from "./detection";

it("detections are read and written back the same", () => {
  for (const text of [
    "anomalies(avg:system.load.1{env:prod,team:a} by {host}, 'agile', 2, direction='above', interval=60)",
    "outliers(avg:a{*} by {host}.rollup(sum, 60), 'DBSCAN', 3)",
    "forecast(moving_rollup(avg:a{*}, 300, 'avg'), 'linear', 1)",
  ])
    expect(writeDetection(readDetection(text)!)).toBe(text);
});

it("keywords lose their quotes and are left out when they are empty", () => {
  const read = readDetection('anomalies(avg:a{*}, "basic", 3, seasonality="daily")');
  expect(read).toMatchObject({ algorithm: "basic", tolerance: "3", keywords: { seasonality: "daily" } });
  const without = { ...read!, keywords: { seasonality: "" } };
  expect(writeDetection(without)).toBe("anomalies(avg:a{*}, 'basic', 3)");
});

it("what is no call of one is left alone", () => {
  expect(readDetection("avg:a{*}")).toBeNull();
  expect(readDetection("anomalies(avg:a{*}, 'basic', 2) / 3")).toBeNull();
  expect(readDetection("anomalies(avg:a{*}, 'basic', 2) + anomalies(avg:b{*}, 'basic', 2)")).toBeNull();
  expect(readDetection("forecast(avg:a{*})")).toBeNull();
});
