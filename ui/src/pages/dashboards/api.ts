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
  tags: string[];
  /** Titles of widgets and metrics, for the search. */
  content: string;
}

export interface Favorites {
  starred: string[];
  /** 0 to 5, by the views of the last 30 days. */
  popularity: Record<string, number>;
}

export function useFavorites() {
  return useQuery({
    queryKey: ["dashboard-favorites"],
    queryFn: ({ signal }) => request<Favorites>("GET", "/api/ui/dashboard_favorites", { signal }),
  });
}

export function useStar() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ id, starred }: { id: string; starred: boolean }) =>
      request<unknown>(starred ? "PUT" : "DELETE", `/api/ui/dashboards/${id}/star`),
    onSuccess: () => client.invalidateQueries({ queryKey: ["dashboard-favorites"] }),
  });
}

/** The dashboard was opened by a person; a lost count is no harm. */
export function countView(id: string) {
  void request<unknown>("POST", `/api/ui/dashboards/${id}/views`).catch(() => undefined);
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

interface Saved extends Omit<Dashboard, "id"> {
  id?: string;
}

interface SaveOptions {
  board: Saved;
  /** The `modified_at` that the work began from: somebody else's later version is not overwritten (412). */
  unless?: string;
}

/** Creates a dashboard without an id, replaces one with. */
export function useSaveDashboard() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ board, unless }: SaveOptions) =>
      board.id
        ? request<Dashboard>("PUT", `/api/v1/dashboard/${board.id}`, {
            body: board,
            headers: unless ? { "If-Match": `"${unless}"` } : undefined,
          })
        : request<Dashboard>("POST", "/api/v1/dashboard", { body: board }),
    onSuccess: (saved) => {
      client.setQueryData(["dashboard", saved.id], saved);
      void client.invalidateQueries({ queryKey: ["dashboards"] });
      void client.invalidateQueries({ queryKey: ["dashboard-versions", saved.id] });
    },
  });
}

export interface Version {
  id: number;
  saved: string;
  author_handle: string;
  title: string;
  widgets: number;
}

export function useVersions(id: string) {
  return useQuery({
    queryKey: ["dashboard-versions", id],
    queryFn: async ({ signal }) =>
      (await request<{ versions: Version[] }>("GET", `/api/ui/dashboards/${id}/versions`, { signal }))
        .versions,
  });
}

export function useRestoreVersion(id: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (version: number) =>
      request<Dashboard>("POST", `/api/ui/dashboards/${id}/versions/${version}/restore`),
    onSuccess: (saved) => {
      client.setQueryData(["dashboard", saved.id], saved);
      void client.invalidateQueries({ queryKey: ["dashboard-versions", id] });
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
