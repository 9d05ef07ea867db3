/** What the fleet page says of an agent, from what its host reports. */
import type { Host, HostComponent } from "~/api/hosts";

/** Agents that failed come first, then those that do not report, then the others. */
export type AgentState = "failing" | "silent" | "running";

/** Hosts that an agent reports for: clients that send metrics by the API alone have no agent. */
export function agentsOf(hosts: readonly Host[]): Host[] {
  return hosts.filter((host) => host.agent_version !== "" || host.components.length > 0);
}

/** `problems` are the components of the host's agent that do not run. */
export function stateOf(host: Host, problems: readonly HostComponent[]): AgentState {
  if (!host.up) return "silent";
  return problems.length > 0 ? "failing" : "running";
}

/** What fails and why, in one line; empty where nothing does. */
export function failureOf(problems: readonly HostComponent[]): string {
  return problems.map((one) => `${one.name}: ${one.cause || one.state}`).join("; ");
}

/** Names of the components that run, in their order. */
export function runningComponents(components: readonly HostComponent[]): string[] {
  return components.filter((one) => one.state === "running").map((one) => one.name);
}

/** Kinds of data that programs sent to the agent and that are not stored, most requests first. */
export function notStored(host: Host): string[] {
  const counts = new Map<string, number>();
  for (const one of host.components)
    for (const [kind, count] of Object.entries(one.not_stored ?? {}))
      counts.set(kind, (counts.get(kind) ?? 0) + count);
  return [...counts.entries()]
    .sort((a, b) => b[1] - a[1] || a[0].localeCompare(b[0]))
    .map(([kind, count]) => `${kind.replaceAll("_", " ")} (${count})`);
}

/** How many agents run each version, most first. */
export function versionsOf(hosts: readonly Host[]): { version: string; count: number }[] {
  const counts = new Map<string, number>();
  for (const host of hosts) {
    const version = host.agent_version || "unknown";
    counts.set(version, (counts.get(version) ?? 0) + 1);
  }
  return [...counts.entries()]
    .map(([version, count]) => ({ version, count }))
    .sort((a, b) => b.count - a.count || a.version.localeCompare(b.version));
}
