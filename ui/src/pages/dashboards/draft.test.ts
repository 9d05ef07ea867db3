import { expect, test } from "vitest";
import type { Dashboard } from "~/widgets/types";
import { finished, placeFor, startOf, withAdded } from "./draft";

const note = (x: number, y: number, more: object = {}) => ({
  id: 100 + y * 12 + x,
  definition: { type: "note", content: "a" },
  layout: { x, y, width: 6, height: 2, ...more },
});
const board: Dashboard = {
  id: "a",
  title: "t",
  layout_type: "ordered",
  widgets: [note(0, 0), note(6, 0), { ...note(0, 0, { is_column_break: true }), id: 7 }],
  reflow_type: "auto",
  extra: { kept: true },
} as Dashboard;

test("an untouched board is returned as it was", () => {
  expect(finished(board, startOf(board))).toEqual(board);
  const free = { ...board, layout_type: "free" as const };
  expect(finished(free, startOf(free))).toEqual(free);
  const flowing = { ...board, widgets: board.widgets.map(({ layout: _, ...widget }) => widget) };
  expect(finished(flowing, startOf(flowing))).toEqual(flowing);
});

test("another title leaves the layouts alone", () => {
  expect(finished(board, { ...startOf(board), title: "u" })).toEqual({ ...board, title: "u" });
});

test("a move writes absolute rows and keeps the column break", () => {
  const state = startOf(board);
  const [first, ...others] = state.widgets;
  const moved = finished(board, {
    ...state,
    widgets: [{ ...first!, layout: { ...first!.layout, width: 4 } }, ...others],
  });
  expect(moved.widgets.map((widget) => widget.layout)).toEqual([
    { x: 0, y: 0, width: 4, height: 2 },
    { x: 6, y: 0, width: 6, height: 2 },
    { x: 0, y: 2, width: 6, height: 2, is_column_break: true },
  ]);
  expect(moved.reflow_type).toBe("fixed");
});

test("collapsed groups stay so", () => {
  const group = {
    id: 1,
    definition: { type: "group", widgets: [note(0, 0)] },
    layout: { x: 0, y: 0, width: 12, height: 1 },
  };
  const grouped = { ...board, widgets: [group, note(0, 1)] } as Dashboard;
  const state = startOf(grouped);
  const moved = finished(grouped, {
    ...state,
    widgets: [state.widgets[0]!, { ...state.widgets[1]!, layout: { x: 6, y: 1, width: 6, height: 2 } }],
  });
  expect(moved.widgets[0]!.layout!.height).toBe(1);
});

test("new widgets take the first free place, also in groups", () => {
  const { widgets } = startOf({ ...board, widgets: [note(0, 0)] } as Dashboard);
  expect(placeFor(widgets, [4, 2], false)).toEqual({ x: 6, y: 0, width: 4, height: 2 });
  expect(placeFor(widgets, [4, 2], true).y).toBe(3);
  const group = {
    key: "g",
    definition: { type: "group", widgets: [note(0, 0)] },
    layout: { x: 0, y: 0, width: 12, height: 3 },
  };
  const added = withAdded(group, { type: "note" }, [4, 2]);
  expect(added.definition.widgets![1]!.layout).toEqual({ x: 6, y: 0, width: 4, height: 2 });
});
