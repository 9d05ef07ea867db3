import { describe, expect, it } from "vitest";
import { callAt, rank, wantedAt, wordEnd } from "./complete";
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
    expect(wanted("anomalies(avg:a.b{*}, 'ba|")).toMatchObject({ kind: "word", word: "ba", from: 23 });
    expect(wanted('outliers(avg:a.b{*}, "D|')).toMatchObject({ kind: "word", of: "outliers" });
    expect(wanted("abs(avg:a.b{*}, 'x|")).toBeNull();
    expect(wanted("avg:a.b{*}.rollup(a|")).toMatchObject({ kind: "word", of: ".rollup", word: "a" });
    expect(wanted("avg:a.b{*} b|")).toEqual({ kind: "grouping", word: "b", from: 11 });
    expect(wanted("avg:a.b{*} + 12|")).toBeNull();
  });
});

describe("callAt", () => {
  const call = (text: string) => callAt(text.replace("|", ""), text.indexOf("|"));

  it("finds the innermost call and its argument", () => {
    expect(call("top(avg:a{b IN (x,y)} by {c}, 5|")).toEqual({ name: "top", argument: 1, quoted: false });
    expect(call("abs(top(avg:a{*}, 5), |")).toEqual({ name: "abs", argument: 1, quoted: false });
    expect(call("anomalies((avg:a{*} + 1|")).toMatchObject({ name: "anomalies", argument: 0 });
    expect(call("avg:a{*}|")).toBeNull();
  });

  it("leaves the rest of a word to what is completed", () => {
    expect(wordEnd("avg:system.cpu{*}", 7)).toBe(14);
  });
});

describe("rank", () => {
  it("puts beginnings before word starts before the rest", () => {
    const names = ["my.cpu", "cpu.user", "xcpu", "c.p.u", "disk"];
    expect(rank(names, "cpu")).toEqual(["cpu.user", "my.cpu", "xcpu", "c.p.u"]);
  });
});
