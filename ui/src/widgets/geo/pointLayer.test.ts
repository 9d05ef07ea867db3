import { expect, it } from "vitest";
import { pointLayer, pointsOn } from "./pointLayer";

const entry = (id: string, location: object, status = "error") => ({
  id,
  attributes: { status, message: "GET /", attributes: { place: location } },
});

it("reads where events lie from the columns of the request", () => {
  const columns = [{ field: "@place.lat" }, { field: "@place.lon" }];
  const query = { data_source: "logs_stream", query_string: "a" };
  const layer = pointLayer([
    {},
    { response_format: "event_list", query, columns, style: { color_by: "status" } },
  ])!;
  expect(layer).toEqual({ search: "a", latitude: "@place.lat", longitude: "@place.lon", colorBy: "status" });
  const entries = [entry("1", { lat: 53.3, lon: "-6.2" }), entry("2", {}), entry("3", { lat: 91, lon: 0 })];
  expect(pointsOn(entries, layer)).toEqual([
    { id: "1", latitude: 53.3, longitude: -6.2, group: "error", label: "error: GET /" },
  ]);
});

it("has no layer of events that are not stored", () => {
  expect(pointLayer([{ response_format: "scalar" }])).toBeNull();
  expect(pointLayer([{ response_format: "event_list", query: { data_source: "rum_stream" } }])).toBeNull();
});
