import { describe, expect, it } from "vitest";
import { rank, wantedAt } from "./complete";
import { tokenize } from "./lexer";

const kinds = (text: string) => tokenize(text).map((token) => [text.slice(token.from, token.to), token.kind]);
const wanted = (text: string) => wantedAt(text.replace("|", ""), text.indexOf("|"));

describe("tokenize", () => {
  it("names the pieces of a query", () => {
    expect(kinds("avg:system.cpu.user{env:prod} by {host}.rollup(max, 60)")).toEqual([
      ["avg", "aggregator"],
      [":", "punctuation"],
      ["system.cpu.user", "metric"],
      ["{", "punctuation"],
      ["env", "key"],
      [":", "punctuation"],
      ["prod", "value"],
      ["}", "punctuation"],
      ["by", "keyword"],
      ["{", "punctuation"],
      ["host", "key"],
      ["}", "punctuation"],
      [".rollup", "function"],
      ["(", "punctuation"],
      ["max", "metric"],
      [",", "punctuation"],
      ["60", "number"],
      [")", "punctuation"],
    ]);
  });

  it("covers every letter but spaces, also of broken text", () => {
    for (const text of ["anomalies(avg:a{*}, 'basic", "{{{", "a{b IN (c,d) AND NOT e:f*}", "a/b*c-1"]) {
      const covered = tokenize(text)
        .map((token) => text.slice(token.from, token.to))
        .join("");
      expect(covered.replaceAll(/\s/g, "")).toBe(text.replaceAll(/\s/g, ""));
    }
  });
});

describe("wantedAt", () => {
  it("knows what could stand at a place", () => {
    expect(wanted("sys|")).toEqual({ kind: "expression", word: "sys", from: 0, aggregated: false });
    expect(wanted("avg:sys|")).toEqual({ kind: "expression", word: "sys", from: 4, aggregated: true });
    expect(wanted("avg:a.b{en|}")).toEqual({ kind: "tag", word: "en", from: 8, metric: "a.b" });
    expect(wanted("avg:a.b{env:pr|}")).toEqual({
      kind: "value",
      word: "pr",
      from: 12,
      metric: "a.b",
      key: "env",
    });
    expect(wanted("avg:a.b{env IN (x,p|)}")).toEqual({
      kind: "value",
      word: "p",
      from: 18,
      metric: "a.b",
      key: "env",
    });
    expect(wanted("avg:a.b{*} by {ho|}")).toEqual({ kind: "group", word: "ho", from: 15, metric: "a.b" });
    expect(wanted("avg:a.b{*}.ro|")).toEqual({ kind: "modifier", word: "ro", from: 11 });
    expect(wanted("anomalies(avg:a.b{*}, 'ba|")).toBeNull();
    expect(wanted("avg:a.b{*} + 12|")).toBeNull();
  });
});

describe("rank", () => {
  it("puts beginnings before word starts before the rest", () => {
    const names = ["my.cpu", "cpu.user", "xcpu", "c.p.u", "disk"];
    expect(rank(names, "cpu")).toEqual(["cpu.user", "my.cpu", "xcpu", "c.p.u"]);
  });
});
