import { describe, expect, it } from "vitest";
import type { Host } from "~/api/hosts";
import { agentsOf, failureOf, notStored, runningComponents, stateOf, versionsOf } from "./fleetState";

function host(part: Partial<Host>): Host {
  return {
    name: "h",
    up: true,
    agent_version: "7.60.0",
    components: [],
    apps: [],
    tags: [],
    ...part,
  } as unknown as Host;
}

const FAILED = { name: "trace", state: "restarting", cause: "port 8126 is taken", restarts: 1, pid: null };
const RUNNING = { name: "logs", state: "running", cause: "", restarts: 0, pid: 1 };

describe("agents of the fleet", () => {
  it("leaves out hosts that no agent reports for", () => {
    expect(agentsOf([host({}), host({ agent_version: "" })])).toHaveLength(1);
  });

  it("tells those that fail, with the cause, from those that do not report", () => {
    const failing = host({ components: [FAILED, RUNNING] as Host["components"] });
    expect(stateOf(failing, failing.components.slice(0, 1))).toBe("failing");
    expect(failureOf(failing.components.slice(0, 1))).toBe("trace: port 8126 is taken");
    expect(runningComponents(failing.components)).toEqual(["logs"]);
    expect(stateOf(host({ up: false }), [])).toBe("silent");
    expect(stateOf(host({}), [])).toBe("running");
  });

  it("adds up what is not stored and counts versions", () => {
    const parts = [
      { ...RUNNING, not_stored: { profiles: 3 } },
      { ...RUNNING, not_stored: { profiles: 2, debugger_snapshots: 9 } },
    ];
    expect(notStored(host({ components: parts as unknown as Host["components"] }))).toEqual([
      "debugger snapshots (9)",
      "profiles (5)",
    ]);
    expect(versionsOf([host({}), host({}), host({ agent_version: "" })])).toEqual([
      { version: "7.60.0", count: 2 },
      { version: "unknown", count: 1 },
    ]);
  });
});
