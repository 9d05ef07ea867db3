import { expect, test } from "vitest";
import { boxAt, layOut, type Span, timeByService } from "./flame";

const span = (id: string, parent: string, start: number, duration: number, service = "web"): Span => ({
  id,
  parent,
  service,
  start,
  duration,
  name: id,
  resource: id,
  type: "",
  error: false,
  meta: {},
  metrics: {},
});

const trace = [
  span("c", "a", 50, 40, "db"),
  span("a", "0", 0, 100),
  span("b", "a", 10, 30),
  span("d", "a", 20, 30),
];

test("parents stand above children, parallel spans below each other", () => {
  const boxes = layOut(trace);
  expect(boxes.map((box) => [box.span.id, box.depth, box.row])).toEqual([
    ["a", 0, 0],
    ["b", 1, 1],
    ["d", 1, 2],
    ["c", 1, 1],
  ]);
  expect(boxes[0]!.own).toBe(100 - 40 - 40);
});

test("a cycle or a missing parent loses nothing", () => {
  const boxes = layOut([span("x", "gone", 0, 1), span("y", "y", 0, 1)]);
  expect(boxes.map((box) => box.span.id).sort()).toEqual(["x", "y"]);
});

test("time by service adds up", () => {
  const shares = timeByService(layOut(trace));
  expect(shares.reduce((sum, [, share]) => sum + share, 0)).toBeCloseTo(1);
});

test("the box under the pointer", () => {
  const boxes = layOut(trace);
  expect(boxAt(boxes, { from: 0, to: 100 }, 1000, 150, 25)!.span.id).toBe("b");
  expect(boxAt(boxes, { from: 0, to: 100 }, 1000, 990, 25)).toBeNull();
});
