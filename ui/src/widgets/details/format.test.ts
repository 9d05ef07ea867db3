import { expect, test } from "vitest";
import { joined, lineWords, rowWords, shares, spent, tableName } from "./format";

const plain = (text: string) => text.replaceAll(/[\u2009\u00a0]/g, " ");
const line = { expression: "x", type: "gauge" };

test("lines are counted in words", () => {
  expect(plain(lineWords({ ...line, groups: 6, points: 1080, interval: 20 }))).toBe(
    "6 lines of 1,080 points together, one each 20 s",
  );
  expect(plain(lineWords({ ...line, groups: 1, points: 0, interval: 20 }))).toBe("no point in this time");
});

test("stages come in their order, with their share", () => {
  expect(shares({ evaluate: 30, plan: 10, other: 0, points: 60 })).toEqual([
    { name: "Planning", milliseconds: 10, share: 0.1 },
    { name: "Reading points", milliseconds: 60, share: 0.6 },
    { name: "Evaluation", milliseconds: 30, share: 0.3 },
    { name: "other", milliseconds: 0, share: 0 },
  ]);
});

test("the parts of a window are one read", () => {
  const read = { metric: "x", table: "points", series: 3, rows: 10, cached: 40, milliseconds: 1 };
  const rollup = { ...read, table: "points_5m", rows: 0, cached: 7 };
  expect(joined([read, rollup, { ...read, rows: 5, cached: 1, milliseconds: 2 }])).toEqual([
    { ...read, rows: 15, cached: 41, milliseconds: 3 },
    rollup,
  ]);
  expect(tableName("points_5m")).toBe("rollups of 5 minutes");
  expect(plain(spent(12.34))).toBe("12.3 ms");
});

test("rows say whether they were read or in memory", () => {
  const words = (rows: number, cached: number) => plain(rowWords({ rows, cached }));
  expect(words(2160, 0)).toBe("2,160 rows");
  expect(words(0, 12_000)).toBe("12,000 rows, all from memory");
  expect(words(240, 12_000)).toBe("240 read, 12,000 from memory");
  expect(words(1, 0)).toBe("1 row");
  expect(words(0, 0)).toBe("0 rows");
});
