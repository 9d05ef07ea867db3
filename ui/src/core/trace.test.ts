import { expect, test } from "vitest";
import { layOut, type Span } from "./flame";
import { byResource, causeOf, criticalPath, matchesSpan, repeatedCalls } from "./trace";

const span = (
  id: string,
  parent: string,
  start: number,
  duration: number,
  more: Partial<Span> = {},
): Span => ({
  id,
  parent,
  start,
  duration,
  service: "web",
  name: "op",
  resource: id,
  type: "",
  error: false,
  meta: {},
  metrics: {},
  ...more,
});

test("equal calls of one parent are pointed out", () => {
  const query = (id: string, parent: string, start: number) =>
    span(id, parent, start, 3, { service: "db", resource: "SELECT 1" });
  const boxes = layOut([
    span("a", "", 0, 100),
    span("b", "a", 50, 50),
    ...[1, 2, 3, 4, 5, 6].map((at) => query(`q${at}`, "a", at * 5)),
    ...[1, 2].map((at) => query(`r${at}`, "b", 50 + at * 5)),
  ]);
  const [found, ...others] = repeatedCalls(boxes);
  expect(others).toEqual([]);
  expect([found!.parent, found!.boxes.length, found!.total]).toEqual(["a", 6, 18]);
});

test("the critical path goes through what the end waited for", () => {
  const boxes = layOut([
    span("root", "", 0, 100),
    span("early", "root", 0, 20),
    span("parallel", "root", 30, 20),
    span("last", "root", 30, 60),
    span("inner", "last", 40, 40),
  ]);
  expect(Object.fromEntries(criticalPath(boxes))).toEqual({ root: 20, last: 20, inner: 40, early: 20 });
  expect(criticalPath([]).size).toBe(0);
});

test("a failing span without a message has the deepest one below that has", () => {
  const failing = (message = ""): Partial<Span> => ({
    error: true,
    meta: message ? { "error.message": message } : {},
  });
  const boxes = layOut([
    span("root", "", 0, 100, failing()),
    span("a", "root", 0, 50, failing("wrapped")),
    span("b", "a", 0, 40, failing("the cause")),
    span("c", "root", 60, 10, { meta: { "error.message": "handled" } }),
  ]);
  expect(causeOf(boxes[0]!.span, boxes).id).toBe("b");
  expect(causeOf(boxes[1]!.span, boxes).id).toBe("a");
  expect(causeOf(boxes.find((box) => box.span.id === "c")!.span, boxes).id).toBe("c");
});

test("time by resource counts what spans did themselves", () => {
  const rows = byResource(layOut([span("a", "", 0, 100), span("x", "a", 0, 60, { service: "db" })]));
  expect(rows.map((row) => [row.service, row.own, row.share])).toEqual([
    ["db", 60, 0.6],
    ["web", 40, 0.4],
  ]);
});

test("spans are found by text, by tag and by number", () => {
  const one = span("a", "", 0, 1, { meta: { "http.url": "https://A/b" }, metrics: { rows: 5 }, error: true });
  for (const text of ["", "https://a", "service:web", "@http.url:https://a/*", "rows:5", "status:error"]) {
    expect([text, matchesSpan(one, text)]).toEqual([text, true]);
  }
  for (const text of ["nothing", "service:db", "rows:6", "status:ok"])
    expect(matchesSpan(one, text)).toBe(false);
});
