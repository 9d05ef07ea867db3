/** Hosts as the host map and the list show them. */
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { api } from "./client";
import type { components } from "./schema";

export type Host = components["schemas"]["HostSummary"];
export type HostComponent = Host["components"][number];

export function useHosts() {
  return useQuery({
    queryKey: ["hosts"],
    queryFn: async ({ signal }) => (await api.GET("/api/ui/hosts", { signal })).data!.hosts,
    refetchInterval: 15_000,
    placeholderData: keepPreviousData,
  });
}

export function useHost(name: string) {
  return useQuery({
    queryKey: ["host", name],
    queryFn: async ({ signal }) =>
      (await api.GET("/api/ui/hosts/{name}", { params: { path: { name } }, signal })).data!,
    refetchInterval: 15_000,
  });
}

/** Parts of the agent that do not run, each with why. One that failed has its cause until it runs again. */
export function problemsOf(host: Host): HostComponent[] {
  return host.components.filter((one) => {
    if (["running", "disabled"].includes(one.state)) return false;
    return one.cause !== "" || !["starting", "stopped", ""].includes(one.state);
  });
}
