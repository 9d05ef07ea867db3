import { expect, test } from "vitest";
import type { Widget } from "../types";
import { freeScale, placeFree, stacked } from ".";

const at = (x: number, y: number, width: number, height: number): Widget => ({
  definition: { type: "timeseries" },
  layout: { x, y, width, height },
});

test("a free board keeps its proportions in pixels", () => {
  const layout = placeFree([at(1, 0, 47, 15), at(50, 0, 47, 15), at(-1, 17, 98, 30)]);
  expect(layout.boxes).toEqual([
    { x: 24, y: 0, width: 564, height: 180 },
    { x: 612, y: 0, width: 564, height: 180 },
    { x: 0, y: 204, width: 1176, height: 360 },
  ]);
  expect([layout.width, layout.height]).toEqual([1176, 564]);
  expect(freeScale(layout, { width: 1600 })).toBe(1);
  expect(freeScale(layout, { width: 1000 })).toBeCloseTo(0.85, 2);
});

test("in TV mode it fills the screen", () => {
  const layout = placeFree([at(0, 0, 100, 50)]);
  expect(freeScale(layout, { width: 2400, height: 900 }, true)).toBe(1.5);
});

test("a widget without a layout comes below", () => {
  const layout = placeFree([at(0, -13, 10, 10), { definition: { type: "note" } }]);
  expect(layout.boxes).toEqual([
    { x: 0, y: 0, width: 120, height: 120 },
    { x: 0, y: 120, width: 564, height: 180 },
  ]);
});

test("what lies under a later widget is not drawn under it", () => {
  const { boxes } = placeFree([at(0, 0, 10, 7), at(0, 5, 10, 7), at(12, 0, 10, 7), at(18, 0, 10, 7)]);
  expect(boxes.map((box) => [box.height / 12, box.width / 12])).toEqual([
    [5, 10],
    [7, 10],
    [7, 6],
    [7, 10],
  ]);
});

test("words lie on pictures, and what is mostly covered stays as its author put it", () => {
  const text = { ...at(0, 5, 10, 7), definition: { type: "free_text" } };
  expect(placeFree([at(0, 0, 10, 7), text]).boxes[0]!.height).toBe(84);
  expect(placeFree([at(0, 0, 10, 7), at(0, 2, 10, 7)]).boxes[0]!.height).toBe(84);
});

test("on a phone the boxes stand below each other in reading order", () => {
  const { boxes } = placeFree([at(50, 0, 47, 15), at(0, 0, 47, 15), at(0, 20, 98, 60), at(0, 90, 20, 2)]);
  expect(stacked(boxes, 300)).toEqual([
    { index: 1, height: 160 },
    { index: 0, height: 160 },
    { index: 2, height: expect.closeTo(183.67, 1) },
    { index: 3, height: 56 },
  ]);
});
