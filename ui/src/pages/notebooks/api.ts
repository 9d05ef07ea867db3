/** Notebooks through the public endpoints. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { request } from "~/api/client";
import type { TemplateVariable, WidgetDefinition } from "~/widgets/types";

export interface NotebookTime {
  live_span?: string;
  start?: string;
  end?: string;
  live?: boolean;
}

export interface NotebookCell {
  id?: string;
  type: "notebook_cells";
  attributes: {
    definition: WidgetDefinition;
    /** `xs` to `xl`. */
    graph_size?: string;
    /** Its own time; null follows the notebook. */
    time?: NotebookTime | null;
    [key: string]: unknown;
  };
}

export interface NotebookAttributes {
  name: string;
  time: NotebookTime;
  cells: NotebookCell[];
  template_variables?: TemplateVariable[];
  metadata?: { type?: string | null; is_template?: boolean; [key: string]: unknown };
  status?: string;
  author?: { handle?: string; name?: string | null };
  created?: string;
  modified?: string;
  [key: string]: unknown;
}

export interface Notebook {
  id: number;
  attributes: NotebookAttributes;
}

export function useNotebooks(query: string, type: string) {
  return useQuery({
    queryKey: ["notebooks", query, type],
    queryFn: ({ signal }) =>
      request<{ data: Notebook[] }>("GET", "/api/v1/notebooks", {
        query: { include_cells: "false", count: 500, query: query || null, type: type || null },
        signal,
      }),
    placeholderData: (old) => old,
  });
}

export function useNotebook(id: string) {
  return useQuery({
    queryKey: ["notebook", id],
    queryFn: async ({ signal }) =>
      (await request<{ data: Notebook }>("GET", `/api/v1/notebooks/${encodeURIComponent(id)}`, { signal }))
        .data,
    retry: false,
  });
}

interface Saved {
  id?: number;
  attributes: NotebookAttributes;
  /** The `modified` that the work began from. */
  unless?: string;
}

export function useSaveNotebook() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async ({ id, attributes, unless }: Saved) => {
      const { author: _, created: __, modified: ___, ...sent } = attributes;
      const body = { data: { type: "notebooks", attributes: sent } };
      const headers = unless ? { "If-Match": `"${unless}"` } : undefined;
      const path = id ? `/api/v1/notebooks/${id}` : "/api/v1/notebooks";
      return (await request<{ data: Notebook }>(id ? "PUT" : "POST", path, { body, headers })).data;
    },
    onSuccess: (saved) => {
      client.setQueryData(["notebook", String(saved.id)], saved);
      void client.invalidateQueries({ queryKey: ["notebooks"] });
    },
  });
}

export function useDeleteNotebook() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (id: number) => request<unknown>("DELETE", `/api/v1/notebooks/${id}`),
    onSuccess: () => client.invalidateQueries({ queryKey: ["notebooks"] }),
  });
}
