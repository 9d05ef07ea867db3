import { expect, test } from "vitest";
import { textOf, widgetsIn } from "./clipboard";

const note = {
  id: 7,
  definition: { type: "note", content: "a" },
  layout: { x: 0, y: 0, width: 2, height: 2 },
};
const plain = { definition: note.definition, layout: note.layout };

test("widgets survive the way, without their ids", () => {
  expect(widgetsIn(textOf([note]))).toEqual([plain]);
  expect(widgetsIn(textOf([note, note]))).toEqual([plain, plain]);
});

test("a definition alone is a widget, other texts are none", () => {
  expect(widgetsIn('{"type": "note", "content": "x"}')[0]?.definition.type).toBe("note");
  for (const text of ["hello", "{", '{"a": 1}', '{"title": "d", "layout_type": "ordered", "widgets": []}']) {
    expect(widgetsIn(text)).toEqual([]);
  }
});
