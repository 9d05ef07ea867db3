/** Versions of a dashboard: who saved when, what differs from now, and the way back. */
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { request } from "~/api/client";
import { formatMoment } from "~/core/time";
import { Async, ask, Button, Dialog, toast } from "~/ui";
import type { Dashboard } from "~/widgets/types";
import { useRestoreVersion, useVersions, type Version } from "./api";
import { differences } from "./editing/differences";

export function VersionsDialog({ board, onClose }: { board: Dashboard; onClose: () => void }) {
  const versions = useVersions(board.id);
  const restore = useRestoreVersion(board.id);
  const [shown, setShown] = useState<number>();
  const back = async (version: Version) => {
    const title = `Restore the version of ${formatMoment(Date.parse(version.saved))}?`;
    const text = "What is saved now stays in the history.";
    if (!(await ask({ title, text, action: "Restore" }))) return;
    try {
      await restore.mutateAsync(version.id);
      toast("Version restored");
      onClose();
    } catch (error) {
      toast((error as Error).message, "alert");
    }
  };
  return (
    <Dialog title="Version history" open onClose={onClose} width={760}>
      <Async query={versions}>
        {(all) => (
          <ul style={{ display: "grid", gap: "var(--s-4)" }}>
            {all.map((version, index) => (
              <li key={version.id}>
                <div style={{ display: "flex", gap: "var(--s-4)", alignItems: "center" }}>
                  <span className="num">{formatMoment(Date.parse(version.saved))}</span>
                  <span className="truncate" style={{ flex: 1 }}>
                    {version.author_handle || "unknown"}: {version.title}, {version.widgets} widgets
                  </span>
                  {index === 0 ? (
                    <span className="muted">Current</span>
                  ) : (
                    <>
                      <Button
                        size="small"
                        onClick={() => setShown(shown === version.id ? undefined : version.id)}
                      >
                        Differences
                      </Button>
                      <Button size="small" disabled={restore.isPending} onClick={() => void back(version)}>
                        Restore
                      </Button>
                    </>
                  )}
                </div>
                {shown === version.id && <Differences board={board} version={version} />}
              </li>
            ))}
          </ul>
        )}
      </Async>
    </Dialog>
  );
}

function Differences({ board, version }: { board: Dashboard; version: Version }) {
  const query = useQuery({
    queryKey: ["dashboard-version", board.id, version.id],
    queryFn: ({ signal }) =>
      request<Dashboard>("GET", `/api/ui/dashboards/${board.id}/versions/${version.id}`, { signal }),
    staleTime: Number.POSITIVE_INFINITY,
  });
  return (
    <Async query={query}>
      {(then) => {
        const found = differences(then, board);
        return (
          <ul className="muted" style={{ padding: "var(--s-3) var(--s-6)" }}>
            {found.length === 0 && <li>No differences from the current version</li>}
            {found.map((line) => (
              <li key={line}>{line}</li>
            ))}
          </ul>
        );
      }}
    </Async>
  );
}
