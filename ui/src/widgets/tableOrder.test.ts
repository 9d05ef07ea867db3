import { describe, expect, it } from "vitest";
import { arranged } from "./tableOrder";
import type { Table } from "./tables";
import type { WidgetRequest } from "./types";

const row = (host: string, ...values: (number | null)[]) => ({ tags: [host], values });
const table: Table = {
  columns: [
    { name: "a", unit: null },
    { name: "b", unit: null },
  ],
  groups: ["host"],
  rows: [row("web-10", 1, 5), row("web-2", 3, 5), row("web-1", null, 9), row("db", 2, 1)],
};
const hosts = (request: WidgetRequest) => arranged(table, request).rows.map((one) => one.tags[0]);

describe("arranged", () => {
  it("sorts by a formula, with what has no value last in either direction", () => {
    const by = (order: "asc" | "desc") =>
      hosts({ sort: { order_by: [{ type: "formula", index: 0, order }] } });
    expect(by("desc")).toEqual(["web-2", "db", "web-10", "web-1"]);
    expect(by("asc")).toEqual(["web-10", "db", "web-2", "web-1"]);
  });

  it("sorts by a group, and by a second key among equals", () => {
    expect(hosts({ sort: { order_by: [{ type: "group", name: "host", order: "asc" }] } })).toEqual([
      "db",
      "web-1",
      "web-2",
      "web-10",
    ]);
    const by = [
      { type: "formula" as const, index: 1, order: "desc" as const },
      { type: "group" as const, name: "host", order: "asc" as const },
    ];
    expect(hosts({ sort: { order_by: by } })).toEqual(["web-1", "web-2", "web-10", "db"]);
  });

  it("cuts to the count, and reads order and limit of legacy queries", () => {
    expect(hosts({ sort: { count: 2 } })).toEqual(["web-10", "web-2"]);
    expect(hosts({ q: "avg:a{*} by {host}", limit: 2, order: "asc" })).toEqual(["web-10", "db"]);
    expect(hosts({ q: "avg:a{*} by {host}", limit: 1 })).toEqual(["web-2"]);
    expect(hosts({ q: "avg:a{*} by {host}" })).toHaveLength(4);
  });
});
