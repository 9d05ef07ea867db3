/** Who is logged in. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api } from "./client";
import type { components } from "./schema";

export type Me = components["schemas"]["Me"];

export function useMe() {
  return useQuery({
    queryKey: ["me"],
    queryFn: async ({ signal }) => (await api.GET("/api/ui/me", { signal })).data!,
    retry: false,
    staleTime: 60_000,
  });
}

export function useLogin() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async (body: components["schemas"]["Login"]) =>
      (await api.POST("/api/ui/login", { body })).data!,
    onSuccess: (me) => client.setQueryData(["me"], me),
  });
}

export function useLogout() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => api.POST("/api/ui/logout"),
    onSuccess: async () => {
      await client.resetQueries({ queryKey: ["me"] });
      // What one person saw is not for the next.
      client.removeQueries({ predicate: (query) => query.queryKey[0] !== "me" });
    },
  });
}
