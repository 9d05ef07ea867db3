/** Reading and saving dashboards through the public endpoints. */

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { request } from "~/api/client";
import type { Dashboard } from "~/widgets/types";

export interface DashboardSummary {
  id: string;
  title: string;
  description: string | null;
  author_handle: string;
  url: string;
  modified_at: string;
  /** Of which integration it is; empty for people's own. */
  integration: string;
  has_data: boolean;
}

export function useDashboards() {
  return useQuery({
    queryKey: ["dashboards"],
    queryFn: ({ signal }) =>
      request<{ dashboards: DashboardSummary[] }>("GET", "/api/ui/dashboards", { signal }),
  });
}

export function useDashboard(id: string) {
  return useQuery({
    queryKey: ["dashboard", id],
    queryFn: ({ signal }) =>
      request<Dashboard>("GET", `/api/v1/dashboard/${encodeURIComponent(id)}`, { signal }),
    retry: false,
  });
}

/** Creates a dashboard without an id, replaces one with. */
export function useSaveDashboard() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (board: Omit<Dashboard, "id"> & { id?: string }) =>
      board.id
        ? request<Dashboard>("PUT", `/api/v1/dashboard/${board.id}`, { body: board })
        : request<Dashboard>("POST", "/api/v1/dashboard", { body: board }),
    onSuccess: (saved) => {
      client.setQueryData(["dashboard", saved.id], saved);
      void client.invalidateQueries({ queryKey: ["dashboards"] });
    },
  });
}

export function useDeleteDashboard() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (id: string) => request<unknown>("DELETE", `/api/v1/dashboard/${id}`),
    onSuccess: () => client.invalidateQueries({ queryKey: ["dashboards"] }),
  });
}
