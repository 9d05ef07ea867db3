import { expect, test } from "vitest";
import { fillVariable } from "./fills";

test("shares walk along the ramp that the palette names", () => {
  expect([0, 0.5, 1].map((share) => fillVariable("hostmap_blues", share))).toEqual([
    "--seq-1",
    "--seq-4",
    "--seq-7",
  ]);
  expect([0, 0.5, 1].map((share) => fillVariable("green_to_orange", share))).toEqual([
    "--div-1",
    "--div-5",
    "--div-9",
  ]);
  expect(fillVariable("YlOrRd", 2)).toBe("--heat-7");
  expect(fillVariable("no such name", -1)).toBe("--seq-1");
});
