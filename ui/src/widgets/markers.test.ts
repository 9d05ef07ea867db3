import { expect, test } from "vitest";
import { conditionalStyle } from "./conditional";
import { parseMarker } from "./markers";

test("lines and ranges", () => {
  expect(parseMarker({ value: "y = 0", display_type: "ok dashed" })).toMatchObject({
    from: 0,
    to: 0,
    severity: "ok",
  });
  expect(parseMarker({ value: "y > 90", display_type: "error solid" })).toMatchObject({ from: 90, to: null });
  expect(parseMarker({ value: "50 < y < 90" })).toMatchObject({ from: 50, to: 90, dashed: true });
  expect(parseMarker({ value: "nonsense" })).toBeNull();
});

test("the first rule that holds gives the color", () => {
  const rules = [
    { comparator: ">=" as const, value: 99, palette: "white_on_green" },
    { comparator: "<" as const, value: 99, palette: "white_on_red" },
  ];
  expect(conditionalStyle(99.5, rules).background).toBe("var(--ok)");
  expect(conditionalStyle(3, rules).background).toBe("var(--alert)");
  expect(conditionalStyle(null, rules)).toEqual({});
});
