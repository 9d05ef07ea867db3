/** Ready dashboards, those whose metrics have arrived first, with the monitors recommended beside them. */
import { useQuery } from "@tanstack/react-query";
import { Link } from "wouter";
import { request } from "~/api/client";
import { Async, Dialog, Status } from "~/ui";

interface Entry {
  id: string;
  integration: string;
  title: string;
  description: string;
  has_data: boolean;
  monitors: { name: string; type: string; query: string; message: string }[];
}

export function GalleryDialog({ onClose }: { onClose: () => void }) {
  const query = useQuery({
    queryKey: ["dashboard-gallery"],
    queryFn: async ({ signal }) =>
      (await request<{ entries: Entry[] }>("GET", "/api/ui/dashboards/gallery", { signal })).entries,
  });
  return (
    <Dialog title="Ready dashboards" open onClose={onClose} width={860}>
      <Async query={query}>
        {(entries) => (
          <ul style={{ display: "grid", gap: "var(--s-6)" }}>
            {entries.map((entry) => (
              <li key={entry.id} style={{ display: "grid", gap: "var(--s-2)" }}>
                <div style={{ display: "flex", gap: "var(--s-4)", alignItems: "center" }}>
                  <Link href={`/dashboard/${entry.id}`}>
                    <b>{entry.title}</b>
                  </Link>
                  <Status state={entry.has_data ? "ok" : "nodata"}>
                    {entry.has_data ? "Receiving data" : "No data yet"}
                  </Status>
                </div>
                <p className="muted">{entry.description}</p>
                <ul aria-label="Recommended monitors" style={{ paddingLeft: "var(--s-5)" }}>
                  {entry.monitors.map((monitor) => (
                    <li key={monitor.name}>
                      <Link href={`/monitors/create?${new URLSearchParams(startOf(monitor))}`}>
                        Create monitor: {monitor.name}
                      </Link>
                    </li>
                  ))}
                </ul>
              </li>
            ))}
          </ul>
        )}
      </Async>
    </Dialog>
  );
}

const startOf = ({ name, type, query }: Entry["monitors"][number]) => ({ name, type, query });
