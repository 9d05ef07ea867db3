import { expect, test } from "vitest";
import { textOf, widgetIn } from "./clipboard";

const note = {
  id: 7,
  definition: { type: "note", content: "a" },
  layout: { x: 0, y: 0, width: 2, height: 2 },
};

test("a widget survives the way, without its id", () => {
  expect(widgetIn(textOf(note))).toEqual({ definition: note.definition, layout: note.layout });
});

test("a definition alone is a widget, other texts are none", () => {
  expect(widgetIn('{"type": "note", "content": "x"}')?.definition.type).toBe("note");
  for (const text of ["hello", "{", '{"a": 1}', '{"title": "d", "layout_type": "ordered", "widgets": []}']) {
    expect(widgetIn(text)).toBeNull();
  }
});
