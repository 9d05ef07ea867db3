import { expect, test } from "vitest";
import { sortedRows, summaryRows } from "./monitorSummary";

const monitors = [
  { id: 1, name: "CPU", status: "Alert", priority: 2, last_triggered_ts: 50 },
  { id: 2, name: "Disk", status: "OK", priority: 1 },
];
const groups = [
  { monitor_id: 1, monitor_name: "CPU", group: "host:a", status: "Alert" },
  { monitor_id: 1, monitor_name: "CPU", group: "host:b", status: "OK" },
];
const labels = (rows: { label: string }[]) => rows.map((row) => row.label);

test("monitors, their groups, or both", () => {
  expect(labels(summaryRows("monitors", monitors, []))).toEqual(["CPU", "Disk"]);
  expect(labels(summaryRows("groups", [], groups))).toEqual(["CPU · host:a", "CPU · host:b"]);
  expect(labels(summaryRows("combined", monitors, groups))).toEqual(["Disk", "CPU · host:a", "CPU · host:b"]);
});

test("in the order that the widget names", () => {
  const rows = summaryRows("monitors", monitors, []);
  expect(labels(sortedRows(rows, "status,asc"))).toEqual(["CPU", "Disk"]);
  expect(labels(sortedRows(rows, "status,desc"))).toEqual(["Disk", "CPU"]);
  expect(labels(sortedRows(rows, "priority,asc"))).toEqual(["Disk", "CPU"]);
  expect(labels(sortedRows(rows, "triggered,desc"))).toEqual(["CPU", "Disk"]);
  expect(labels(sortedRows(summaryRows("groups", [], groups), "group,desc"))[0]).toBe("CPU · host:b");
});
