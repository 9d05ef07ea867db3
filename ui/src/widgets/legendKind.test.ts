import { expect, test } from "vitest";
import { legendColumns, legendKind } from "./legendKind";

const graph = (change: object) => ({ type: "timeseries", show_legend: true, ...change });

test("the room decides where the author left it open", () => {
  const kind = (rows: number, columns: number) =>
    legendKind(graph({ legend_layout: "auto" }), { rows, columns });
  expect([kind(2, 12), kind(3, 12), kind(4, 4), kind(4, 6)]).toEqual([
    "none",
    "compact",
    "compact",
    "expanded",
  ]);
});

test("the author's choice comes first", () => {
  const frame = { rows: 2, columns: 4 };
  expect(legendKind(graph({ legend_layout: "vertical" }), frame)).toBe("expanded");
  expect(legendKind(graph({ legend_layout: "horizontal" }), frame)).toBe("compact");
  expect(legendKind({ type: "timeseries" }, frame)).toBe("none");
});

test("narrow graphs leave room for names", () => {
  const columns = ["avg", "min", "max", "value", "sum"];
  expect(legendColumns(graph({ legend_columns: columns }), { rows: 4, columns: 4 })).toEqual(["last", "avg"]);
  expect(legendColumns(graph({ legend_columns: ["value"] }), { rows: 4, columns: 4 })).toEqual(["last"]);
});
