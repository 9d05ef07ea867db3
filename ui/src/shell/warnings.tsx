/** Problems of the server itself, above every page, until they are solved. */
import { useQuery } from "@tanstack/react-query";
import { api } from "~/api/client";
import { useConnectionLost } from "~/api/connection";
import { Notice } from "~/ui";

const EVERY_MS = 15_000;
const RETRY_MS = 5_000;

export function Warnings() {
  const lost = useConnectionLost();
  const query = useQuery({
    queryKey: ["server-status"],
    queryFn: async ({ signal }) => (await api.GET("/api/ui/status", { signal })).data!,
    refetchInterval: lost ? RETRY_MS : EVERY_MS,
    retry: false,
  });
  return (
    <>
      {lost && (
        <Notice state="alert">
          ◆ Could not reach the server. Graphs show the last data received. Retrying every 5 s.
        </Notice>
      )}
      {query.data?.warnings.map((warning) => (
        <Notice key={warning} state="alert">
          ◆ {warning}
        </Notice>
      ))}
    </>
  );
}
