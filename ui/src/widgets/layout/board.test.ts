import { describe, expect, test } from "vitest";
import type { Widget } from "../types";
import { placeBoard, placeInner, rowHeights } from ".";
import type { Box } from "./box";

const box = (text: string): Box => {
  const [x, y, width, height] = text.split(",").map(Number) as [number, number, number, number];
  return { x, y, width, height };
};
const written = ({ x, y, width, height }: Box) => `${x},${y},${width},${height}`;
const chart = (place?: string): Widget => ({
  definition: { type: "timeseries" },
  ...(place && { layout: box(place) }),
});
const group = (place: string | undefined, inner: string[]): Widget => ({
  definition: { type: "group", title: "G", widgets: inner.map((one) => chart(one || undefined)) },
  ...(place && { layout: box(place) }),
});
/** `a · b · | c`: the bar is a column break. */
const board = (text: string): Widget[] =>
  text.split(" · ").map((part) => {
    const widget = chart(part.replace("| ", ""));
    return part.startsWith("|")
      ? { ...widget, layout: { ...widget.layout!, is_column_break: true } }
      : widget;
  });
const places = (widgets: Widget[], dense = false) =>
  placeBoard(widgets, { dense }).placed.map((one) => written(one.box));

describe("an ordered board", () => {
  const cases: [string, string, string, string][] = [
    ["plain", "0,0,6,2 · 6,0,3,2 · 9,0,3,2 · 0,2,12,3", "same", "same"],
    [
      "a break, counting on",
      "0,0,12,4 · 0,4,12,5 · | 0,9,12,6 · 0,15,12,3",
      "same",
      "0,0,12,4 · 0,4,12,5 · 0,0,12,6 · 0,6,12,3",
    ],
    [
      "a break, counting anew",
      "0,0,12,4 · 0,4,12,5 · | 0,0,12,6 · 0,6,6,3 · 6,6,6,3",
      "0,0,12,4 · 0,4,12,5 · 0,9,12,6 · 0,15,6,3 · 6,15,6,3",
      "same",
    ],
    [
      "blocks that restart",
      "0,0,6,6 · 6,0,6,6 · 0,0,4,4 · 4,0,4,4 · 8,0,4,4 · 0,10,12,3",
      "0,0,6,6 · 6,0,6,6 · 0,6,4,4 · 4,6,4,4 · 8,6,4,4 · 0,10,12,3",
      "0,0,6,6 · 6,0,6,6 · 0,6,4,4 · 4,6,4,4 · 8,6,4,4 · 0,10,12,3",
    ],
    [
      "a restart, then absolute rows",
      "0,0,12,4 · | 0,0,6,3 · 6,0,6,3 · 0,7,12,2",
      "0,0,12,4 · 0,4,6,3 · 6,4,6,3 · 0,7,12,2",
      "0,0,12,4 · 0,0,6,3 · 6,0,6,3 · 0,3,12,2",
    ],
    [
      "stale heights, too wide",
      "0,0,8,3 · 6,1,6,2 · 0,4,12,2 · 0,6,14,1",
      "0,0,8,3 · 6,3,6,2 · 0,5,12,2 · 0,7,12,1",
      "0,0,8,3 · 6,3,6,2 · 0,5,12,2 · 0,7,12,1",
    ],
    ["out of order, clean", "0,8,12,3 · 0,0,6,4 · 6,0,6,4 · 0,4,12,4", "same", "same"],
  ];
  for (const [name, given, one, two] of cases) {
    test(`${name}: in one column`, () => {
      expect(places(board(given))).toEqual((one === "same" ? given : one).replaceAll("| ", "").split(" · "));
    });
    test(`${name}: in two columns`, () => {
      const expected = (two === "same" ? given : two).replaceAll("| ", "").split(" · ");
      expect(places(board(given), true)).toEqual(expected);
    });
  }

  test("puts what follows the break on the second side", () => {
    const { placed, sides } = placeBoard(board("0,0,12,4 · | 0,4,12,5"), { dense: true });
    expect([sides, ...placed.map((one) => one.side)]).toEqual([2, 0, 1]);
    expect(placeBoard(board("0,0,12,4 · | 0,4,12,5")).sides).toBe(1);
  });

  test("without a break, a board with groups is cut past its half", () => {
    const widgets = [group("0,0,12,3", ["0,0,12,2"]), chart("0,3,12,2"), chart("0,5,12,3")];
    const { placed, sides } = placeBoard(widgets, { dense: true });
    expect(sides).toBe(2);
    expect(placed.map((one) => `${one.side}:${written(one.box)}`)).toEqual([
      "0:0,0,12,3",
      "0:0,3,12,2",
      "1:0,0,12,3",
    ]);
  });
});

describe("groups", () => {
  const four = ["0,0,6,2", "0,2,6,2"];
  const widgets = [group("0,0,6,1", four), group("6,0,6,5", four), chart("0,5,12,2")];

  test("that were saved in one row begin closed", () => {
    const { placed } = placeBoard(widgets);
    expect(placed.map((one) => written(one.box))).toEqual(["0,0,6,1", "6,0,6,5", "0,5,12,2"]);
    expect(placed.map((one) => one.collapsed)).toEqual([true, false, false]);
  });

  test("open and close without moving what stands beside them", () => {
    const toggle = (...entries: [number, boolean][]) =>
      placeBoard(widgets, { toggled: new Map(entries) }).placed.map((one) => written(one.box));
    expect(toggle([0, false])).toEqual(["0,0,6,5", "6,0,6,5", "0,5,12,2"]);
    expect(toggle([0, true], [1, true])).toEqual(["0,0,6,1", "6,0,6,1", "0,1,12,2"]);
  });

  test("have as many columns as they are wide, and a row for the title", () => {
    const one = group("6,0,6,4", ["0,0,3,2", "3,0,3,2", "0,2,6,1"]);
    expect(placeInner(one.definition, 6).map(written)).toEqual(["0,0,3,2", "3,0,3,2", "0,2,6,1"]);
    expect(places([one])).toEqual(["6,0,6,4"]);
    const stale = { ...one, layout: box("6,0,6,2") };
    expect(places([stale])).toEqual(["6,0,6,4"]);
  });

  test("with a banner have three rows of header", () => {
    const one = group("0,0,12,4", ["0,0,12,4"]);
    one.definition.banner_img = "/banner.png";
    expect(places([one])).toEqual(["0,0,12,7"]);
  });
});

describe("without layouts", () => {
  test("widgets flow three in a row", () => {
    const value: Widget = { definition: { type: "query_value" } };
    const widgets = [chart(), chart(), chart(), chart(), group(undefined, ["", ""]), value];
    expect(places(widgets)).toEqual(["0,0,4,2", "4,0,4,2", "8,0,4,2", "0,2,4,2", "0,4,12,3", "0,7,4,2"]);
  });

  test("one among others takes the first place that is free", () => {
    expect(places([chart("0,0,6,2"), chart(), chart("0,2,12,3")])).toEqual([
      "0,0,6,2",
      "6,0,4,2",
      "0,2,12,3",
    ]);
    expect(places([chart("0,0,12,2"), chart()])).toEqual(["0,0,12,2", "0,2,4,2"]);
  });
});

test("widgets without layouts take the size that is asked for", () => {
  const bare = Array.from({ length: 4 }, () => ({ definition: { type: "timeseries" } }));
  const xs = (tile?: number) =>
    placeBoard(bare, { tile }).placed.map(({ box }) => `${box.x} ${box.y} ${box.width}`);
  expect(xs()).toEqual(["0 0 4", "4 0 4", "8 0 4", "0 2 4"]);
  expect(xs(6)).toEqual(["0 0 6", "6 0 6", "0 2 6", "6 2 6"]);
});

test("a row of closed groups alone is as high as their headers", () => {
  const closedAt = (y: number, height: number) => ({
    definition: { type: "group", widgets: [{ definition: { type: "note" } }] },
    layout: { x: 0, y, width: 6, height },
  });
  const note = { definition: { type: "note" }, layout: { x: 6, y: 1, width: 6, height: 1 } };
  const heights = (...widgets: Widget[]) => rowHeights(placeBoard(widgets).placed);
  expect(heights(closedAt(0, 1), closedAt(1, 1), note)).toBe("var(--h-group-head) var(--grid-row)");
  expect(heights(note)).toBeUndefined();
});
