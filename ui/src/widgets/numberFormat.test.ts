import { expect, test } from "vitest";
import { formatValue } from "~/core/units";
import { formulaUnit } from "./numberFormat";

const plain = (text: string) => text.replaceAll("\u2009", " ");
const written = (format: Parameters<typeof formulaUnit>[0], value: number, own?: string) =>
  plain(formatValue(value, formulaUnit(format, own ? [{ name: own }] : null)));

test("a formula's unit wins over the metric's", () => {
  expect(written({ unit: { type: "canonical_unit", unit_name: "millisecond" } }, 1500, "byte")).toBe("1.5 s");
  expect(written({ unit: { unit_name: "request", per_unit_name: "second" } }, 2)).toBe("2 req/s");
  expect(written(undefined, 2048, "byte")).toBe("2 KiB");
});

test("families of bytes count by 1000 or by 1024", () => {
  expect(written({ unit: { unit_name: "byte_in_decimal_bytes_family" } }, 2000)).toBe("2 kB");
  expect(written({ unit: { unit_name: "byte_in_binary_bytes_family" } }, 2048)).toBe("2 KiB");
});

test("a custom unit is never scaled, and a scale can be fixed", () => {
  expect(written({ unit: { type: "custom_unit_label", label: "cars" } }, 12_000)).toBe("12,000 cars");
  expect(written({ unit_scale: { unit_name: "mebibyte" } }, 3 * 1024 ** 3, "byte")).toBe("3,072 MiB");
});
