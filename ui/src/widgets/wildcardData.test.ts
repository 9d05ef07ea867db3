import { describe, expect, it } from "vitest";
import { seriesData, tableData, withData } from "./wildcardData";

describe("wildcardData", () => {
  const table = {
    columns: [{ name: "avg:cpu{*}", unit: null }],
    groups: ["host"],
    rows: [{ tags: ["a"], values: [3] }],
  };

  it("makes a row of a group, with its number under each of its names", () => {
    expect(tableData(table, ["query1"])).toEqual([{ host: "a", "avg:cpu{*}": 3, query1: 3, formula1: 3 }]);
  });

  it("makes a row of a point", () => {
    const series = [{ name: "cpu", tags: ["host:a"], times: [1000], values: [2], formula: 0 }];
    expect(seriesData(series as never, ["query1"])).toEqual([
      { host: "a", timestamp: 1000, series: "cpu", value: 2, query1: 2, formula1: 2 },
    ]);
  });

  it("fills in data by name and loads nothing from addresses", () => {
    const tables = [[{ x: 1 }], [{ x: 2 }]];
    const spec = {
      mark: "bar",
      data: { url: "https://elsewhere.example/x.json" },
      layer: [{ data: { name: "table2" }, mark: { type: "image", url: "https://e.example" } }],
    };
    expect(withData(spec, tables)).toEqual({
      mark: "bar",
      data: { values: [{ x: 1 }] },
      layer: [{ data: { name: "table2", values: [{ x: 2 }] }, mark: { type: "image" } }],
    });
    expect(withData({ mark: "bar" }, tables)).toHaveProperty("data.values", [{ x: 1 }]);
    const vega = { data: [{ name: "table1" }, { name: "own", source: "table1" }] };
    expect(withData(vega, tables).data).toEqual([
      { name: "table1", values: [{ x: 1 }] },
      { name: "own", source: "table1" },
    ]);
  });
});
