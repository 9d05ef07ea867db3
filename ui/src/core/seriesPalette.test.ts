import { expect, test } from "vitest";
import { pickedStyle, seriesStyles } from "./seriesPalette";

const named = (...values: string[]) => values.map((value) => ({ name: value, tags: [`status:${value}`] }));
const colors = (palette: string, ...values: string[]) =>
  seriesStyles(palette, named(...values)).map((style) => style.color);

test("a ramp is spread over its series and does not repeat within eight", () => {
  expect(colors("purple", "a", "b")).toEqual(["--ramp-purple-1", "--ramp-purple-8"]);
  expect(new Set(colors("cool", ..."abcdefgh")).size).toBe(8);
  expect(seriesStyles("warm", named(..."abcdefghi"))[8]!.dash).toEqual([6, 4]);
});

test("semantic colors follow the meaning of one key", () => {
  expect(colors("semantic", "error", "warn", "ok", "info", "500", "200")).toEqual([
    "--alert",
    "--warn-fill",
    "--ok",
    "--info",
    "--alert",
    "--ok",
  ]);
});

test("consistent colors stay with their value", () => {
  const [a, b] = colors("datadog16", "alpha", "beta");
  expect(colors("datadog16", "beta", "gamma", "alpha").filter((_, i) => i !== 1)).toEqual([b, a]);
  expect(a).not.toBe(b);
});

test("an index picks one color", () => {
  expect(pickedStyle("dog_classic", 3).color).toBe("--c4");
  expect(pickedStyle("green", 7).color).toBe("--ramp-green-8");
});
