import { expect, test } from "vitest";
import type { Monitor } from "./api";
import { changedTags, type Facets, facetCounts, matches, triggeredGroups } from "./facets";

const NONE: Facets = {
  search: "",
  status: "",
  type: "",
  service: "",
  team: "",
  tag: "",
  muted: "",
  creator: "",
  priority: "",
};

const monitor = (part: Partial<Monitor>): Monitor => ({
  id: 1,
  name: "CPU",
  type: "query alert",
  query: "avg(last_5m):avg:a{*} > 1",
  message: "",
  tags: ["service:web", "team:a"],
  options: {},
  overall_state: "OK",
  ...part,
});

test("monitors are narrowed by every facet at once", () => {
  const one = monitor({ options: { silenced: { "*": null } }, priority: 2, creator: { name: "Ann" } });
  expect(matches(one, { ...NONE, service: "web", muted: "yes", creator: "Ann", priority: "P2" })).toBe(true);
  expect(matches(one, { ...NONE, service: "web", muted: "no" })).toBe(false);
  expect(matches(one, { ...NONE, status: "Alert" })).toBe(false);
  expect(matches(one, { ...NONE, tag: "team:a", search: "LAST_5M" })).toBe(true);
});

test("facets are counted, the most frequent first", () => {
  const all = [monitor({}), monitor({ tags: ["service:db"] }), monitor({ tags: ["service:db"] })];
  expect(facetCounts(all, "service")).toEqual([
    ["db", 2],
    ["web", 1],
  ]);
});

test("groups that are not well are listed with since when", () => {
  const groups = {
    a: { name: "a", status: "Alert", last_triggered_ts: 5, last_nodata_ts: 1 },
    b: { name: "b", status: "OK" },
    c: { name: "c", status: "No Data", last_triggered_ts: 5, last_nodata_ts: 7 },
  };
  const found = triggeredGroups([monitor({ state: { groups } })]);
  expect(found.map((one) => [one.group, one.since])).toEqual([
    ["a", 5],
    ["c", 7],
  ]);
});

test("groups are found by their own name or by that of their monitor", () => {
  const groups = { a: { name: "host:a", status: "Alert" }, b: { name: "host:b", status: "Alert" } };
  const one = monitor({ state: { groups } });
  expect(triggeredGroups([one], "HOST:a").map((found) => found.group)).toEqual(["host:a"]);
  expect(triggeredGroups([one], "cpu")).toHaveLength(2);
  expect(triggeredGroups([one], "other")).toHaveLength(0);
});

test("tags are added and removed", () => {
  expect(changedTags(["a:1", "b:2"], ["b:2", "c:3"], ["a:1"])).toEqual(["b:2", "c:3"]);
});
