import { expect, test } from "vitest";
import { currentTab, widgetsOfTab } from ".";

const widget = (id: number) => ({ id, definition: { type: "note", content: String(id) } });
const tabs = [
  { id: "a", name: "A", widget_ids: ["@3", 7] },
  { id: "b", name: "B", widget_ids: ["5"] },
];
const board = { widgets: [widget(5), widget(6), widget(7)], tabs };

test("tabs show their widgets in the board's order, the first those of none", () => {
  expect(widgetsOfTab(board, tabs[0]!).map((one) => one.id)).toEqual([6, 7]);
  expect(widgetsOfTab(board, tabs[1]!).map((one) => one.id)).toEqual([5]);
});

test("the address chooses a tab", () => {
  expect(currentTab(board, "b")?.name).toBe("B");
  expect(currentTab(board, "gone")?.name).toBe("A");
  expect(currentTab({}, "a")).toBeNull();
});
