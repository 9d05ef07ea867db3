import { expect, test } from "vitest";
import { droppedBy, sums } from "./droppedSpans";

test("series are summed by service and reason", () => {
  const series = [
    { tags: ["service:web", "reason:auto_rejected"], values: [1, null, 2] },
    { tags: ["service:web"], values: [null] },
  ];
  expect(sums({ series } as never)).toEqual([
    ["web", "auto_rejected", 3],
    ["web", "", 0],
  ]);
  expect(sums(undefined)).toEqual([]);
});

test("who dropped most is first", () => {
  const dropped = new Map([
    [
      "web",
      [
        { by: "a", count: 1 },
        { by: "b", count: 2 },
      ],
    ],
  ]);
  expect(droppedBy(dropped, "web").map((one) => one.by)).toEqual(["b", "a"]);
  expect(droppedBy(dropped, "db")).toEqual([]);
});
