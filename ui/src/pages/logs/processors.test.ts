import { describe, expect, it } from "vitest";
import {
  linesOf,
  missingIn,
  moved,
  newProcessor,
  PROCESSORS,
  pathsOf,
  readField,
  writeField,
} from "./processors";

describe("processors", () => {
  it("begin with every field that their form shows first", () => {
    for (const [type, kind] of Object.entries(PROCESSORS)) {
      const made = newProcessor(type);
      expect(made).toMatchObject({ type, is_enabled: true, name: kind.label });
      const first = kind.fields[0]!;
      expect(readField(made, first.name), `${type} ${first.name}`).toBeDefined();
    }
    const one = newProcessor("grok-parser");
    (one.grok as { match_rules: string }).match_rules = "changed";
    expect(readField(newProcessor("grok-parser"), "grok.match_rules")).toBe("");
  });

  it("read and write dotted fields", () => {
    const document = { filter: { query: "a" }, name: "x" };
    expect(readField(document, "filter.query")).toBe("a");
    expect(readField(document, "grok.match_rules")).toBeUndefined();
    expect(writeField(document, "filter.query", "b")).toEqual({ filter: { query: "b" }, name: "x" });
    expect(writeField(document, "operation.type", "length")).toEqual({
      ...document,
      operation: { type: "length" },
    });
    expect(writeField(document, "name", undefined)).toEqual({ filter: { query: "a" } });
    expect(document).toEqual({ filter: { query: "a" }, name: "x" });
  });

  it("move", () => {
    expect(moved(["a", "b", "c"], 0, 2)).toEqual(["b", "c", "a"]);
    expect(moved(["a", "b", "c"], 2, 0)).toEqual(["c", "a", "b"]);
    expect(moved(["a", "b"], 5, 0)).toEqual(["a", "b"]);
  });

  it("read lists", () => {
    expect(linesOf("a,b\n\n c\n")).toEqual(["a,b", " c"]);
    expect(pathsOf("a, b.c,")).toEqual(["a", "b.c"]);
  });
});

describe("what is missing", () => {
  it("is said of a new processor, and of those inside of others, until it is written", () => {
    const grok = newProcessor("grok-parser");
    expect(missingIn([grok])).toBe("“Grok parser” has no parsing rules yet.");
    expect(missingIn([{ ...newProcessor("pipeline"), processors: [grok] }])).toContain("parsing rules");
    expect(missingIn([writeField(grok, "grok.match_rules", "a %{word:b}")])).toBeUndefined();
    expect(missingIn([newProcessor("status-remapper")])).toBeUndefined();
    expect(missingIn([{ type: "of-a-later-version" }])).toBeUndefined();
  });
  it("is not said of what the server takes without it", () => {
    const pairs = {
      ...newProcessor("array-processor"),
      operation: { type: "key-value", source: "a", target: "" },
    };
    expect(missingIn([pairs])).toBeUndefined();
    const length = writeField(pairs, "operation.type", "length");
    expect(missingIn([length])).toBe("“Array processor” has no target yet.");
    expect(missingIn([{ type: "string-builder-processor", template: "", target: "a" }])).toBeUndefined();
  });
});
