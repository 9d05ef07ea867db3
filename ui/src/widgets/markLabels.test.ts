import { expect, test } from "vitest";
import { labeled } from "./markLabels";

const mark = (x: number, label: string) => ({ marker: { value: x, severity: "info" as const, label }, x });

test("a label ends before the next mark, and is left out where there is no room", () => {
  const labels = labeled(
    [mark(300, "third"), mark(100, "Deployed shop 1.4.2 to production"), mark(200, "second"), mark(210, "x")],
    0,
    500,
  );
  expect(labels.map(({ x, end }) => [x, end])).toEqual([
    [100, false],
    [200, false],
    [210, false],
    [300, false],
  ]);
  expect(labels.map(({ label }) => label.length)).toEqual([13, 0, 1, 5]);
});

test("near the right end it stands before its mark, up to the label or mark there", () => {
  const [first, second, third] = labeled([mark(390, "p95"), mark(450, "p99"), mark(455, "max")], 0, 500);
  expect([first!.label, first!.end]).toEqual(["p95", false]);
  expect([second!.label, second!.end]).toEqual(["p99", true]);
  expect(third!.label).toBe("");
});

test("what is outside of the drawing is not there", () => {
  expect(labeled([mark(-1, "a"), mark(501, "b")], 0, 500)).toEqual([]);
});
