import { expect, it } from "vitest";
import type { Monitor } from "./api";
import type { Delivery } from "./deliveries";
import { noDataText, situationOf } from "./situation";

const SINCE = "2026-11-30T03:02:00+00:00";
const AT = Date.parse(SINCE) / 1000;

function monitor(overall_state: string, groups: Record<string, string> = {}): Monitor {
  const states = Object.entries(groups).map(([name, status]) => [name, { name, status }]);
  const state = { groups: Object.fromEntries(states) };
  const kept = { id: 1, name: "It", type: "metric alert", query: "", message: "", tags: [], options: {} };
  return { ...kept, overall_state, overall_state_modified: SINCE, state };
}

function delivery(recipient: string, created: number, state: Delivery["state"] = "sent"): Delivery {
  return { channel: "email", recipient, created, state } as Delivery;
}

it("says what is wrong since when, the worst first, and who was told since", () => {
  const groups = { "host:a": "Warn", "host:b": "OK", "host:c": "Alert", "host:d": "No Data" };
  const found = situationOf(monitor("Alert", groups), [
    delivery("ann@example.org", AT - 3600),
    delivery("bob@example.org", AT + 1, "pending"),
    delivery("bob@example.org", AT + 60, "failed"),
    delivery("eve@example.org", AT - 3600),
  ]);
  expect(found?.groups.map((group) => group.name)).toEqual(["host:c", "host:a", "host:d"]);
  expect(found?.since).toBe(AT * 1000);
  expect(found?.told).toEqual([
    { channel: "email", name: "bob@example.org", state: "failed", time: AT + 60 },
  ]);
});

it("has nothing to say of a monitor that is OK, and no groups of a simple alert", () => {
  expect(situationOf(monitor("OK", { "*": "OK" }))).toBeUndefined();
  expect(situationOf(monitor("No Data", { "*": "No Data" }))).toMatchObject({ groups: [], told: [] });
});

it("tells what becomes of a group without data", () => {
  expect(noDataText({})).toBe("keep the last state");
  expect(noDataText({ notify_no_data: true })).toBe("notify after twice the window");
  expect(noDataText({ notify_no_data: true, no_data_timeframe: 20 })).toBe("notify after 20 minutes");
  expect(noDataText({ on_missing_data: "show_and_notify_no_data" })).toBe("show No Data and notify");
});
