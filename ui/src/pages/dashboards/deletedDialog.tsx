/** Dashboards that were deleted, and the way back. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { request } from "~/api/client";
import { formatAgo } from "~/core/time";
import { Async, Button, Dialog, toast } from "~/ui";

interface Deleted {
  id: string;
  title: string;
  author_handle: string;
  deleted_at: string | null;
}

export function DeletedDialog({ onClose }: { onClose: () => void }) {
  const client = useQueryClient();
  const query = useQuery({
    queryKey: ["deleted-dashboards"],
    queryFn: async ({ signal }) =>
      (
        await request<{ dashboards: Deleted[] }>("GET", "/api/v1/dashboard", {
          query: { "filter[deleted]": true, count: 200 },
          signal,
        })
      ).dashboards,
  });
  const restore = useMutation({
    mutationFn: (board: Deleted) =>
      request<unknown>("PATCH", "/api/v1/dashboard", {
        body: { data: [{ id: board.id, type: "dashboard" }] },
      }),
    onSuccess: async (_, board) => {
      toast(`Restored “${board.title}”`);
      void client.invalidateQueries({ queryKey: ["deleted-dashboards"] });
      // A list that is still on its way for the first time is not asked for again otherwise, and lacks the board.
      await client.cancelQueries({ queryKey: ["dashboards"] });
      void client.invalidateQueries({ queryKey: ["dashboards"] });
    },
    onError: (error) => toast(error.message, "alert"),
  });
  return (
    <Dialog title="Recently deleted dashboards" open onClose={onClose} width={720}>
      <Async query={query}>
        {(boards) => (
          <ul style={{ display: "grid", gap: "var(--s-4)" }}>
            {boards.length === 0 && <li className="muted">No deleted dashboards found</li>}
            {boards.map((board) => (
              <li key={board.id} style={{ display: "flex", gap: "var(--s-5)", alignItems: "center" }}>
                <span className="truncate" style={{ flex: 1, minWidth: 0 }}>
                  {board.title || "Unnamed"}
                </span>
                <span className="muted">
                  {board.author_handle}
                  {board.deleted_at && `, deleted ${formatAgo(Date.parse(board.deleted_at), Date.now())}`}
                </span>
                <Button
                  size="small"
                  needs="dashboards_write"
                  disabled={restore.isPending}
                  onClick={() => restore.mutate(board)}
                >
                  Restore
                </Button>
              </li>
            ))}
          </ul>
        )}
      </Async>
    </Dialog>
  );
}
