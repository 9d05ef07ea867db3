import { expect, it } from "vitest";
import { barsOf, funnelRequest, partNames, stepSearch } from "./funnelSteps";

const STEPS = [
  { facet: "@http.url", value: "/home" },
  { facet: "@http.url", value: "/my cart" },
];

it("reads steps of both kinds of requests", () => {
  const requests = [
    { request_type: "funnel", query: { data_source: "logs", query_string: "a:b", steps: STEPS } },
  ];
  expect(funnelRequest(requests)).toEqual({ source: "logs", search: "a:b", steps: STEPS });
  const newer = [{ query: { search: { node_objects: { a: { query: "x:y" } } } } }];
  expect(funnelRequest(newer)).toEqual({ source: "rum", search: "", steps: [{ facet: "", value: "x:y" }] });
  const search = { node_objects: { a: { search: { query: "x:y" } }, b: {} }, step_aliases: { b: "Paid" } };
  expect(funnelRequest([{ query: { search } }]).steps.map((step) => step.value)).toEqual(["x:y", "Paid"]);
  expect(funnelRequest(undefined).steps).toEqual([]);
});

it("searches for each step", () => {
  expect(stepSearch("service:web", STEPS[0]!)).toBe("service:web @http.url:/home");
  expect(stepSearch("*", STEPS[1]!)).toBe('@http.url:"/my cart"');
});

it("tells shares of the first step and of the one before", () => {
  expect(barsOf([...STEPS, STEPS[0]!], [200, 100, 25])).toEqual([
    { label: "/home", count: 200, ofFirst: 1, ofPrevious: null },
    { label: "/my cart", count: 100, ofFirst: 0.5, ofPrevious: 0.5 },
    { label: "/home", count: 25, ofFirst: 0.125, ofPrevious: 0.25 },
  ]);
  expect(barsOf(STEPS, [0, 0]).map((bar) => bar.ofFirst)).toEqual([null, null]);
});

it("divides steps by a facet", () => {
  const group = (group_by: object[]) => funnelRequest([{ query: { steps: STEPS, group_by } }]).group;
  expect(group([{ facet: "service" }])).toEqual({ facet: "service", limit: 5 });
  expect(group([{ facet: "env", limit: 1000 }])).toEqual({ facet: "env", limit: 12 });
  expect(group([])).toBeUndefined();
  const parts = (counts: Record<string, number>) => new Map(Object.entries(counts));
  expect(partNames([parts({ a: 1, b: 5 }), parts({ c: 2, a: 1 })])).toEqual(["b", "a", "c"]);
});
