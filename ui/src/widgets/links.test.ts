import { expect, test } from "vitest";
import { seriesCsv, tableCsv } from "./csv";
import { explorerParams, metricTexts, monitorQuery } from "./links";

const metric = (name: string, query: string) => ({ name, data_source: "metrics", query });

test("formulas are written out", () => {
  const queries = [metric("a", "sum:err{*}"), metric("b", "sum:hits{a:b}")];
  const requests = [{ queries, formulas: [{ formula: "100 * a / b" }, { formula: "b" }] }, { q: "avg:x{*}" }];
  expect(metricTexts({ type: "timeseries", requests })).toEqual([
    "100 * sum:err{*} / sum:hits{a:b}",
    "sum:hits{a:b}",
    "avg:x{*}",
  ]);
});

test("quoted words of formulas stay", () => {
  const requests = [{ queries: [metric("a", "avg:x{*}")], formulas: [{ formula: "anomalies(a, 'a', 2)" }] }];
  expect(metricTexts({ type: "timeseries", requests })).toEqual(["anomalies(avg:x{*}, 'a', 2)"]);
});

test("logs are not for the metrics explorer", () => {
  const requests = [{ queries: [{ name: "a", data_source: "logs", search: { query: "*" } }] }];
  expect(metricTexts({ type: "timeseries", requests })).toEqual([]);
});

test("addresses and monitors", () => {
  expect(explorerParams(["a", "b"], true)).toEqual({ q: "a", q2: "b", viz: "bars" });
  expect(monitorQuery("avg:x{*}", "3")).toBe("avg(last_5m):avg:x{*} > 3");
  expect(monitorQuery("anomalies(avg:x{*}, 'basic', 2)", "3")).toMatch(/^avg\(last_4h\):anomalies.* >= 1$/);
});

test("series and tables become comma-separated values", () => {
  const one = { name: 'a,"b"', tags: [], unit: null, times: [0, 1000], values: [1, null] };
  const two = { name: "c", tags: [], unit: null, times: [1000], values: [2.5] };
  expect(seriesCsv([one, two])).toBe(
    'time,"a,""b""",c\r\n1970-01-01T00:00:00.000Z,1,\r\n1970-01-01T00:00:01.000Z,,2.5\r\n',
  );
  const columns = [{ name: "CPU", unit: null }];
  expect(tableCsv({ columns, groups: ["host"], rows: [{ tags: ["x"], values: [4] }] })).toBe(
    "host,CPU\r\nx,4\r\n",
  );
});
