import { describe, expect, test } from "vitest";
import type { WidgetLayout } from "~/widgets/types";
import type { Draft } from "../draft";
import { dropped, gridOf, grouped, grown, innerId, removed, sized, stepped, ungrouped } from "./placement";

/** `x y width height`. */
const at = (text: string): WidgetLayout => {
  const [x, y, width, height] = text.split(" ").map(Number) as [number, number, number, number];
  return { x, y, width, height };
};
const note = (key: string, place: string): Draft => ({
  key,
  definition: { type: "note", content: key },
  layout: at(place),
});
const group = (key: string, place: string, ...inner: string[]): Draft => ({
  key,
  definition: {
    type: "group",
    title: key,
    widgets: inner.map((one, i) => ({
      definition: { type: "note", content: `${key}${i}` },
      layout: at(one),
    })),
  },
  layout: at(place),
});
let made = 0;
const newKey = () => `new${++made}`;
const places = (widgets: readonly Draft[], container: string | null = null) => {
  const { widgets: all, boxes } = gridOf(widgets, container);
  return all.map(({ definition }, i) => {
    const { x, y, width, height } = boxes[i]!;
    return `${definition.content ?? definition.title}: ${x} ${y} ${width} ${height}`;
  });
};
const BOARD = [note("a", "0 0 4 2"), note("b", "4 0 4 2"), group("g", "0 2 6 4", "0 0 3 2", "3 0 3 2")];

describe("dropped", () => {
  test("into a group: it grows, and the dashboard closes up", () => {
    const { widgets, ids } = dropped(BOARD, ["a"], "g", { x: 0, y: 0 }, newKey);
    expect(ids).toEqual(["g/2"]);
    expect(places(widgets)).toEqual(["b: 4 0 4 2", "g: 0 2 6 5"]);
    expect(places(widgets, "g")).toEqual(["g0: 0 2 3 2", "g1: 3 2 3 2", "a: 0 0 4 2"]);
  });

  test("out of a group: it shrinks, and the widget keeps its id", () => {
    const inner = BOARD[2]!.definition.widgets!.map((one, i) => ({ ...one, id: 70 + i }));
    const board = [
      ...BOARD.slice(0, 2),
      { ...BOARD[2]!, definition: { ...BOARD[2]!.definition, widgets: inner } },
    ];
    const { widgets, ids } = dropped(board, [innerId("g", 1)], null, { x: 8, y: 0 }, newKey);
    expect(ids).toEqual(["71"]);
    expect(places(widgets)).toEqual(["a: 0 0 4 2", "b: 4 0 4 2", "g: 0 2 6 3", "g1: 8 0 3 2"]);
    expect(widgets[3]!.id).toBe(71);
  });

  test("several keep their distance, and stay on the grid", () => {
    const { widgets } = dropped(BOARD, ["a", "b"], null, { x: 9, y: 0 }, newKey);
    expect(places(widgets).slice(0, 2)).toEqual(["a: 4 0 4 2", "b: 8 0 4 2"]);
  });

  test("what is wider than a group becomes as wide as it", () => {
    const { widgets } = dropped([note("w", "0 0 12 2"), BOARD[2]!], ["w"], "g", { x: 3, y: 9 }, newKey);
    expect(places(widgets, "g").at(-1)).toBe("w: 0 2 6 2");
  });

  test("groups stay on the dashboard", () => {
    const board = [...BOARD, group("h", "6 2 6 2")];
    const { into, widgets } = dropped(board, ["h"], "g", { x: 0, y: 0 }, newKey);
    expect(into).toBeNull();
    expect(widgets.length).toBe(4);
  });
});

test("several become a group where they stood, and come out of it again", () => {
  const made = grouped(BOARD, ["a", "b"], newKey)!;
  expect(places(made.widgets)).toEqual(["New group: 0 0 8 3", "g: 0 3 6 3"]);
  expect(places(made.widgets, made.key)).toEqual(["a: 0 0 4 2", "b: 4 0 4 2"]);
  expect(places(ungrouped(made.widgets, made.key, newKey)).slice(0, 2)).toEqual(["a: 0 0 4 2", "b: 4 0 4 2"]);
  expect(grouped(BOARD, ["a", "g"], newKey)).toBeNull();
  expect(grouped(BOARD, ["g/0"], newKey)).toBeNull();
});

test("steps and sizes work inside of groups, within their columns", () => {
  expect(places(stepped(BOARD, ["g/1"], "right"), "g")).toEqual(places(BOARD, "g"));
  expect(places(stepped(BOARD, ["a", "b"], "right")).slice(0, 2)).toEqual(["a: 1 0 4 2", "b: 5 0 4 2"]);
  expect(places(grown(BOARD, "g/0", "down"), "g")[0]).toBe("g0: 0 0 3 3");
  expect(places(sized(BOARD, "g/0", 20, 1), "g")).toEqual(["g0: 0 0 6 1", "g1: 3 1 3 2"]);
});

test("widgets are removed from the dashboard and from groups", () => {
  const left = removed(BOARD, ["a", "g/0"]);
  expect(places(left)).toEqual(["b: 4 0 4 2", "g: 0 2 6 3"]);
  expect(places(left, "g")).toEqual(["g1: 3 0 3 2"]);
});
