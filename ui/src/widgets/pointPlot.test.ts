import { expect, it } from "vitest";
import { fieldOf, plotRequest, pointsOf } from "./pointPlot";

const entry = (id: string, duration: number, service: string) => ({
  id,
  attributes: {
    timestamp: "2026-01-01T00:00:00Z",
    service,
    tags: ["env:prod"],
    attributes: { http: { duration } },
  },
});

it("finds fields in attributes, beside them and among tags", () => {
  const one = entry("1", 5, "web");
  expect(fieldOf(one, "@http.duration")).toBe(5);
  expect(fieldOf(one, "service")).toBe("web");
  expect(fieldOf(one, "env")).toBe("prod");
  expect(fieldOf(one, "nothing")).toBeUndefined();
});

it("makes a point of each event that has a number", () => {
  const request = plotRequest([
    {
      request_type: "data_projection",
      query: { data_source: "logs", query_string: "a" },
      limit: 5,
      projection: {
        type: "point_plot",
        dimensions: [
          { column: "@http.duration", dimension: "y" },
          { column: "service", dimension: "group" },
          { column: "@http.duration", dimension: "radius" },
        ],
      },
    },
  ]);
  expect([request.source, request.search, request.limit]).toEqual(["logs", "a", 5]);
  const none = { id: "3", attributes: { timestamp: "2026-01-01T00:00:00Z" } };
  const points = pointsOf([entry("1", 4, "web"), entry("2", 16, "db"), none], request.dimensions);
  expect(points.map(({ id, y, group, radius }) => [id, y, group, radius])).toEqual([
    ["1", 4, "web", 7.5],
    ["2", 16, "db", 12],
  ]);
});

it("puts points at the time that a field says", () => {
  const at = (done: unknown) => ({
    id: "a",
    attributes: { timestamp: "2026-01-01T00:00:00Z", attributes: { done, ms: 1 } },
  });
  const times = (column: string, done: unknown) =>
    pointsOf(
      [at(done)],
      [
        { column: "@ms", dimension: "y" },
        { column, dimension: "time" },
      ],
    ).map((point) => point.time);
  expect(times("timestamp", 5)).toEqual([Date.UTC(2026, 0, 1)]);
  expect(times("@done", 5)).toEqual([5]);
  expect(times("@done", "2026-02-01T00:00:00Z")).toEqual([Date.UTC(2026, 1, 1)]);
  expect(times("@done", "never")).toEqual([]);
});
