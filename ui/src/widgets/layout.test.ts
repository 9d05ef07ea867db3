import { expect, test } from "vitest";
import { groupHeight, places } from "./layout";

const chart = { definition: { type: "timeseries" } };

test("widgets without layout flow three in a row", () => {
  const board = { layout_type: "ordered" as const, widgets: [chart, chart, chart, chart] };
  expect(places(board).map((place) => [place.x, place.y])).toEqual([
    [0, 0],
    [4, 0],
    [8, 0],
    [0, 2],
  ]);
});

test("given layouts are kept", () => {
  const layout = { x: 3, y: 1, width: 6, height: 2 };
  expect(places({ layout_type: "ordered", widgets: [{ ...chart, layout }] })).toEqual([layout]);
});

test("free boards are scaled to twelve columns", () => {
  const widgets = [
    { ...chart, layout: { x: 0, y: 0, width: 60, height: 20 } },
    { ...chart, layout: { x: 60, y: 0, width: 60, height: 20 } },
  ];
  expect(places({ layout_type: "free", widgets })).toEqual([
    { x: 0, y: 0, width: 6, height: 2 },
    { x: 6, y: 0, width: 6, height: 2 },
  ]);
});

test("a group is as high as what it holds", () => {
  const inner = [{ ...chart, layout: { x: 0, y: 2, width: 6, height: 3 } }];
  expect(groupHeight({ definition: { type: "group", widgets: inner } })).toBe(6);
});
