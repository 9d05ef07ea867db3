import { expect, test } from "vitest";
import { compacted, moved, placeWords, resized } from "./gridLayout";
import type { WidgetLayout } from "./types";

/** `x y width height`. */
const at = (text: string): WidgetLayout => {
  const [x, y, width, height] = text.split(" ").map(Number) as [number, number, number, number];
  return { x, y, width, height };
};
const written = (places: readonly WidgetLayout[]) =>
  places.map(({ x, y, width, height }) => `${x} ${y} ${width} ${height}`);

const PAIR = [at("0 0 6 2"), at("6 0 6 2"), at("0 2 12 3")];

test("a step to the side pushes what is there down", () => {
  expect(written(moved(PAIR, 0, "right"))).toEqual(["1 0 6 2", "6 2 6 2", "0 4 12 3"]);
});

test("a step up or down goes past what is there", () => {
  expect(written(moved(PAIR, 2, "up"))).toEqual(["0 3 6 2", "6 3 6 2", "0 0 12 3"]);
  expect(written(moved(PAIR, 0, "down"))).toEqual(["0 5 6 2", "6 0 6 2", "0 2 12 3"]);
});

test("nothing leaves the grid", () => {
  expect(moved(PAIR, 0, "left")).toBe(PAIR);
  expect(moved(PAIR, 1, "right")).toBe(PAIR);
  expect(moved(PAIR, 0, "up")).toBe(PAIR);
  expect(moved(PAIR, 2, "down")).toBe(PAIR);
  expect(resized(PAIR, 1, "right")).toBe(PAIR);
  expect(resized([at("0 0 1 1")], 0, "up")).toEqual([at("0 0 1 1")]);
});

test("a larger one pushes, a smaller one lets others come up", () => {
  expect(written(resized(PAIR, 0, "down"))).toEqual(["0 0 6 3", "6 0 6 2", "0 3 12 3"]);
  expect(written(resized([PAIR[0]!, at("0 2 6 2")], 0, "up"))).toEqual(["0 0 6 1", "0 1 6 2"]);
});

test("holes are closed", () => {
  expect(written(compacted([at("0 2 6 2"), at("6 5 6 1"), at("0 9 12 1")]))).toEqual([
    "0 0 6 2",
    "6 0 6 1",
    "0 2 12 1",
  ]);
});

test("places are told in words", () => {
  expect(placeWords(at("6 0 6 1"))).toBe("column 7, row 1, 6 columns wide, 1 row high");
});
