import { expect, test } from "vitest";
import countries from "./countries.json";
import { boundsOf, type Countries, outline, projection } from "./projection";

const all = countries as Countries;

test("countries are known by their two letters", () => {
  expect(["US", "FR", "BR", "IN", "ZA", "AU"].map((code) => all[code]?.name)).toEqual([
    "United States of America",
    "France",
    "Brazil",
    "India",
    "South Africa",
    "Australia",
  ]);
  expect(Object.keys(all).length).toBeGreaterThan(170);
});

test("the world fits in its frame, and a country fills it", () => {
  for (const focus of ["WORLD", "EMEA", "FR", "nowhere"]) {
    const bounds = boundsOf(focus, all);
    const place = projection(bounds, 400, 200);
    expect(place.x(bounds[0])).toBeGreaterThanOrEqual(-0.01);
    expect(place.x(bounds[2])).toBeLessThanOrEqual(400.01);
    expect(place.y(bounds[3])).toBeGreaterThanOrEqual(-0.01);
    expect(place.y(bounds[1])).toBeLessThanOrEqual(200.01);
  }
  const [west, south, east, north] = boundsOf("FR", all);
  expect(west < 2 && east > 2 && south < 46 && north > 46).toBe(true);
});

test("an outline is a closed path", () => {
  const square = { name: "x", rings: [[0, 0, 10, 0, 10, 10]] };
  expect(outline(square, { x: (value) => value, y: (value) => value })).toBe("M0.0 0.0L10.0 0.0L10.0 10.0Z");
});

test("an outline over the date line does not cross the map", () => {
  const both = { name: "x", rings: [[170, 60, 180, 62, -180, 62, -170, 60]] };
  const same = (value: number) => value;
  expect(outline(both, { x: same, y: same })).toBe("M170.0 60.0L180.0 62.0M-180.0 62.0L-170.0 60.0Z");
});
