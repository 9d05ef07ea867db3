import { expect, test } from "vitest";
import { figureOf, fitted } from "./queryFigure";

const figure = (options: object, value: number, unit?: string) => {
  const { number, unit: word } = figureOf(
    { type: "query_value", ...options },
    unit ? [{ name: unit }] : null,
    value,
  );
  return [number, word].filter(Boolean).join(" ");
};

test("numbers are scaled unless the author said otherwise", () => {
  expect(figure({}, 12_345)).toBe("12.3 k");
  expect(figure({ autoscale: false }, 12_345)).toBe("12,345");
  expect(figure({ autoscale: false, precision: 1 }, 0.26, "second")).toBe("0.3 s");
  expect(figure({}, 2048, "byte")).toBe("2 KiB");
  expect(figure({ autoscale: false }, 2048, "byte")).toBe("2,048 B");
});

test("a custom unit is never scaled", () => {
  expect(figure({ custom_unit: "cars", precision: 0 }, 12_345.6)).toBe("12,346 cars");
});

test("precision counts decimals", () => {
  expect(figure({ precision: 0 }, 71.26)).toBe("71");
  expect(figure({ precision: 2 }, 71.264)).toBe("71.26");
  expect(figure({ precision: 2 }, 0.00001)).toBe("1e−5");
  // Of the scaled number, whatever its size.
  expect(figure({ precision: 2 }, 1.58184e18)).toBe("1.58 E");
  expect(figure({ precision: 2 }, 110_460_000_000, "byte")).toBe("102.87 GiB");
  expect(figure({ precision: 2 }, 5)).toBe("5.00");
  expect(figure({ precision: 1, custom_unit: "cars" }, -0.26)).toBe("−0.3 cars");
});

test("decimals that have no room are rounded away", () => {
  expect(fitted("0.12046540", 6)).toBe("0.1205");
  expect(fitted("1,234.5678", 7)).toBe("1,234.6");
  expect(fitted("\u221215.0000000", 5)).toBe("\u221215.0");
  expect(fitted("1234567", 3)).toBe("1234567");
  expect(fitted("0.5", 10)).toBe("0.5");
});
