/** Notification rules, tag policies and templates of monitors, through the public endpoints. */

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { request } from "~/api/client";
import { toast } from "~/ui";

export const ROOTS = {
  rules: "/api/v2/monitor/notification_rule",
  policies: "/api/v2/monitor/policy",
  templates: "/api/v2/monitor/template",
} as const;

const TYPES = {
  rules: "monitor-notification-rule",
  policies: "monitor-config-policy",
  templates: "monitor-user-template",
} as const;

export type Kind = keyof typeof ROOTS;

export function useItems<Item>(kind: Kind) {
  return useQuery({
    queryKey: ["monitor-settings", kind],
    queryFn: async ({ signal }) => {
      const query = kind === "rules" ? { per_page: 1000, sort: "name" } : {};
      return (await request<{ data: Item[] }>("GET", ROOTS[kind], { query, signal })).data;
    },
  });
}

interface Change {
  id?: string;
  /** None deletes the item. */
  attributes?: object;
}

/** Makes, changes or deletes an item. Templates are replaced, the others changed. */
export function useItemChange(kind: Kind, done: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ id, attributes }: Change) => {
      const path = id ? `${ROOTS[kind]}/${encodeURIComponent(id)}` : ROOTS[kind];
      if (!attributes) return request<unknown>("DELETE", path);
      const method = !id ? "POST" : kind === "templates" ? "PUT" : "PATCH";
      const data = { type: TYPES[kind], ...(id && { id }), attributes };
      return request<unknown>(method, path, { body: { data } });
    },
    onSuccess: () => {
      toast(done);
      void client.invalidateQueries({ queryKey: ["monitor-settings", kind] });
    },
  });
}
