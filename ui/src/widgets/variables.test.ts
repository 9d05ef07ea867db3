import { expect, test } from "vitest";
import { defaultsOf, substitute, substituteAll } from "./variables";

const host = { name: "host", prefix: "host", default: "*" };
const env = { name: "env", prefix: "env", default: "env:prod" };
const dotted = { name: "sysplex.name", prefix: "sysplex", default: "*" };

test("everything is a star", () => {
  expect(substitute("avg:system.load.1{$host}", [host], {})).toBe("avg:system.load.1{*}");
  expect(substitute("avg:a.b{host:$host.value}", [host], {})).toBe("avg:a.b{host:*}");
});

test("a chosen value gets the prefix once", () => {
  expect(substitute("avg:a.b{$host,$env}", [host, env], { host: ["web-1"] })).toBe(
    "avg:a.b{host:web-1,env:prod}",
  );
});

test("several values are alternatives", () => {
  expect(substitute("avg:a.b{$host}", [host], { host: ["a", "b"] })).toBe("avg:a.b{(host:a OR host:b)}");
  expect(substitute("x{h:$host.value}", [host], { host: ["a", "b"] })).toBe("x{(h:a OR h:b)}");
});

test("the longest name wins and other words stay", () => {
  const sysplex = { name: "sysplex", prefix: "s", default: "*" };
  expect(substitute("{$sysplex.name}", [sysplex, dotted], { "sysplex.name": ["p1"] })).toBe("{sysplex:p1}");
  expect(substitute("$hosting costs $5", [host], { host: ["a"] })).toBe("$hosting costs $5");
});

test("defaults come from either key", () => {
  expect(defaultsOf({ name: "a", defaults: ["x", "y"] })).toEqual(["x", "y"]);
  expect(defaultsOf(env)).toEqual(["env:prod"]);
});

test("every string of a request", () => {
  const request = { queries: [{ query: "avg:a{$host}", n: 1 }], title: null };
  expect(substituteAll(request, [host], { host: ["h"] })).toEqual({
    queries: [{ query: "avg:a{host:h}", n: 1 }],
    title: null,
  });
});
