import { describe, expect, it } from "vitest";
import { type Event, kindOf, textOf, titleOf } from "./event";

const event = (message: string, own: Event["attributes"]["attributes"] = {}): Event => ({
  id: "1",
  attributes: { timestamp: "2026-01-02T03:04:05.000Z", message, tags: [], attributes: own },
});

describe("events", () => {
  it("are called by their title, comments by their first line", () => {
    expect(titleOf(event("text", { title: "Deployed" }))).toBe("Deployed");
    expect(titleOf(event("looks good\nto me", { status: "user_update" }))).toBe("looks good");
    expect(titleOf(event(""))).toBe("Event");
  });

  it("have Markdown between lines of percent signs", () => {
    expect(textOf(event("%%% \n# Hi\nthere \n %%%"))).toEqual({ text: "# Hi\nthere", markdown: true });
    expect(textOf(event("100 %%% sure"))).toEqual({ text: "100 %%% sure", markdown: false });
  });

  it("have a kind in words", () => {
    expect(kindOf(event("", { status: "user_update" }))).toBe("Comment");
    expect(kindOf(event(""))).toBe("Info");
  });
});
