import { expect, test } from "vitest";
import { compareTraces, traceIdIn } from "./compareTraces";
import { layOut, type Span } from "./flame";

const span = (id: string, parent: string, resource: string, start: number, duration: number): Span => ({
  id,
  parent,
  service: "web",
  name: "op",
  resource,
  type: "",
  start,
  duration,
  error: false,
  meta: {},
  metrics: {},
});

test("calls are compared by the time that they took themselves", () => {
  const here = layOut([
    span("1", "", "GET /", 0, 100),
    span("2", "1", "SELECT", 0, 40),
    span("3", "1", "SELECT", 40, 40),
  ]);
  const other = layOut([span("1", "", "GET /", 0, 50), span("2", "1", "cache", 0, 10)]);
  const found = compareTraces(here, other).map((one) => [
    one.resource,
    one.here.spans,
    one.other.spans,
    one.here.own - one.other.own,
  ]);
  expect(found).toEqual([
    ["SELECT", 2, 0, 80],
    ["GET /", 1, 1, -20],
    ["cache", 0, 1, -10],
  ]);
});

test("an id is found in what is pasted", () => {
  const id = "0000000000000007".padEnd(32, "a");
  expect(traceIdIn(` ${id.toUpperCase()} `)).toBe(id);
  expect(traceIdIn(`https://h/apm/trace/${id}?spanID=1`)).toBe(id);
  expect(traceIdIn("12345")).toBe("12345");
  expect(traceIdIn("checkout")).toBe("");
});
