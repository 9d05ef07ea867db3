import { expect, test } from "vitest";
import type { Series } from "./response";
import { largest } from "./seriesLimit";

const one = (name: string, values: (number | null)[], outlier?: boolean): Series => ({
  name,
  tags: [],
  unit: null,
  times: values.map((_, i) => i),
  values,
  outlier,
});
const names = (found: ReadonlySet<Series>) => [...found].map((series) => series.name).sort();

test("the mean of absolute values decides, gaps do not count, and outliers always stay", () => {
  const series = [
    one("steady", [5, 5, 5]),
    one("negative", [-9, -9, null]),
    one("seldom", [null, 8, null]),
    one("small outlier", [0, 0, 0], true),
    one("nothing", [null, null, null]),
  ];
  expect(names(largest(series, 3))).toEqual(["negative", "seldom", "small outlier"]);
  expect(largest(series, 5).size).toBe(5);
});
