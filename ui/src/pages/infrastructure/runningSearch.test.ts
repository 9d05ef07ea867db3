import { describe, expect, it } from "vitest";
import { condition, readOrder, withCondition, writeOrder } from "./runningSearch";

describe("order in the address", () => {
  it("is read and written", () => {
    expect(readOrder("rss,ASC")).toEqual({ key: "rss", descending: false });
    expect(readOrder("")).toEqual({ key: "cpu", descending: true });
    expect(writeOrder({ key: "rss", descending: true })).toBe("rss,DESC");
  });
});

describe("conditions of a search", () => {
  it("are added once", () => {
    expect(withCondition("java", "env:prod")).toBe("java env:prod");
    expect(withCondition("java env:prod", "env:prod")).toBe("java env:prod");
    expect(withCondition("", "user:root")).toBe("user:root");
  });
  it("put values with blanks into quotes", () => {
    expect(condition("command", "a b")).toBe('command:"a b"');
    expect(condition("env", "prod")).toBe("env:prod");
  });
});
