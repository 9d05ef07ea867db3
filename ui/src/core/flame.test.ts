import { expect, test } from "vitest";
import { arrange, type Block, type Box, hitTest, labelOf, layOut, type Span, timeByService } from "./flame";

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

const WHOLE = { from: 0, to: 100 };

test("the box under the pointer", () => {
  const seen = arrange(layOut(trace), WHOLE, 1000);
  expect((hitTest(seen, WHOLE, 1000, 150, 25) as Box).span.id).toBe("b");
  expect(hitTest(seen, WHOLE, 1000, 990, 25)).toBeNull();
});

const crowd = [
  span("root", "", 0, 10_000_000),
  ...Array.from({ length: 60 }, (_, at) => span(`s${at}`, "root", 1000 + at * 2000, 1000)),
  { ...span("far", "root", 5_000_000, 1000), error: true },
];

test("spans too narrow to draw become blocks with their number, and none is lost", () => {
  const view = { from: 0, to: 10_000_000 };
  const seen = arrange(layOut(crowd), view, 1000);
  expect(seen.boxes.map((box) => box.span.id)).toEqual(["root"]);
  expect(seen.blocks.map((block) => [block.boxes.length, block.errors])).toEqual([
    [60, 0],
    [1, 1],
  ]);
  const hit = hitTest(seen, view, 1000, 5, 25) as Block;
  expect(hit.boxes.length).toBe(60);
});

test("zoomed in, a block is its spans", () => {
  const seen = arrange(layOut(crowd), { from: 0, to: 121_000 }, 1000);
  expect(seen.blocks).toEqual([]);
  expect(seen.boxes.length).toBe(61);
});

test("ten thousand siblings are laid out without comparing each with all", () => {
  const many = Array.from({ length: 10_000 }, (_, at) => span(`s${at}`, "root", at * 10, 5));
  const boxes = layOut([span("root", "", 0, 100_000), ...many]);
  expect(boxes.length).toBe(10_001);
  expect(Math.max(...boxes.map((box) => box.row))).toBe(1);
});

test("the service is named where a trace enters it", () => {
  const boxes = layOut([
    { ...span("a", "", 0, 100), resource: "GET /" },
    { ...span("b", "a", 10, 30), resource: "render" },
    { ...span("c", "a", 50, 40, "db"), resource: "SELECT", error: true },
    { ...span("d", "c", 60, 10, "db"), resource: "", name: "fetch" },
    { ...span("e", "d", 62, 5, "redis"), resource: "redis" },
  ]);
  expect(boxes.map(labelOf)).toEqual(["web GET /", "render", "◆ db SELECT", "fetch", "redis"]);
});
