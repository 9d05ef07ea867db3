import { expect, test } from "vitest";
import type { Dashboard } from "~/widgets/types";
import { differences } from "./differences";

const widget = (id: number, title: string, x = 0) => ({
  id,
  definition: { type: "timeseries", title },
  layout: { x, y: 0, width: 4, height: 2 },
});
const board = (title: string, ...widgets: ReturnType<typeof widget>[]) =>
  ({ id: "a", title, layout_type: "ordered", widgets }) as Dashboard;

test("widgets that came, went, changed and moved", () => {
  const before = board("a", widget(1, "one"), widget(2, "two"), widget(3, "three"));
  const after = board("b", widget(1, "uno"), widget(2, "two", 4), widget(4, "four"));
  expect(differences(before, after)).toEqual([
    "Title: a → b",
    "Changed timeseries “uno”",
    "Moved timeseries “two”",
    "Added timeseries “four”",
    "Deleted timeseries “three”",
  ]);
  expect(differences(before, before)).toEqual([]);
});
