import { describe, expect, it } from "vitest";
import { readCheck, readProcesses, readSearch, writeCheck, writeProcesses, writeSearch } from "./chain";

describe("searches", () => {
  it("are read and written back the same", () => {
    const text =
      'logs("service:web \\"a b\\"").index("*").rollup("pc95", "@duration").by("service","@k").last("15m") > 5';
    const read = readSearch(text);
    expect(read).toMatchObject({
      search: 'service:web "a b"',
      rollup: "pc95",
      measure: "@duration",
      by: ["service", "@k"],
    });
    expect(writeSearch(read!)).toBe(text);
  });

  it("count where nothing is said", () => {
    const read = readSearch('events("status:error").last("1h") >= 1');
    expect(read).toMatchObject({
      source: "events",
      rollup: "count",
      window: "1h",
      comparator: ">=",
      critical: "1",
    });
  });

  it("of errors are read and written back the same", () => {
    for (const text of [
      'error-tracking("service:web").source("all").new().rollup("count").by("issue.id").last("1d") > 0',
      'error-tracking-logs("*").impact().rollup("count").last("5m") > 100',
      'error-tracking-traces("env:prod").rollup("cardinality", "usr.id").last("1h") >= 5',
    ])
      expect(writeSearch(readSearch(text)!)).toBe(text);
    expect(readSearch('error-tracking("x").source("browser").last("5m") > 1')).toBeNull();
  });

  it("of other forms are left to the source editor", () => {
    expect(readSearch('formula("a").last("5m") > 1')).toBeNull();
    expect(readSearch('logs("x").source("all").last("5m") > 1')).toBeNull();
  });
});

describe("live processes", () => {
  it("are read and written back the same", () => {
    const text =
      'processes("java \\"a b\\"").over("env:prod","host:a").by("host").rollup("count").last("10m") < 1';
    const read = readProcesses(text);
    expect(read).toMatchObject({ search: 'java "a b"', over: ["env:prod", "host:a"], by: ["host"] });
    expect(writeProcesses(read!)).toBe(text);
  });

  it("have every scope where none is given", () => {
    const read = readProcesses('processes("nginx").last("5m") > 2');
    expect(writeProcesses(read!)).toBe('processes("nginx").over("*").rollup("count").last("5m") > 2');
    expect(readProcesses('logs("x").last("5m") > 2')).toBeNull();
  });
});

describe("service checks", () => {
  it("are read and written back the same", () => {
    const text = '"http.can_connect".over("env:prod").by("host","url").last(4).count_by_status()';
    expect(writeCheck(readCheck(text)!)).toBe(text);
    expect(readCheck('"a".over("*").by("*").last(2).count_by_status()')).toEqual({
      check: "a",
      over: [],
      by: [],
      last: 2,
    });
    expect(readCheck('"a".over("*").by("*").last(2).pct_by_status()')).toBeNull();
  });
});
