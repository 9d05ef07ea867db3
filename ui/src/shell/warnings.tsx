/** What is wrong with the server itself, above every page, until it is mended. */
import { useQuery } from "@tanstack/react-query";
import { api } from "~/api/client";
import { Notice } from "~/ui";

const EVERY_MS = 15_000;

export function Warnings() {
  const query = useQuery({
    queryKey: ["server-status"],
    queryFn: async ({ signal }) => (await api.GET("/api/ui/status", { signal })).data!,
    refetchInterval: EVERY_MS,
    retry: false,
  });
  return query.data?.warnings.map((warning) => (
    <Notice key={warning} state="alert">
      ◆ {warning}
    </Notice>
  ));
}
