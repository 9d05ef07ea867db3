/** What was sent to this server and not stored, by sender and path, since it started. */
import { useQuery } from "@tanstack/react-query";
import { request } from "~/api/client";
import { formatAgo } from "~/core/time";
import { Page } from "~/shell/page";
import { useUrlState } from "~/shell/url";
import { Async, type Column, DataTable, Empty, Panel, SearchInput, Status, Toolbar } from "~/ui";

interface Row {
  host: string;
  path: string;
  product: string;
  accepted: boolean;
  requests: number;
  bytes: number;
  last: number;
}

const COLUMNS: Column<Row>[] = [
  { key: "host", title: "Sender", sort: (row) => row.host, cell: (row) => row.host || "–" },
  { key: "product", title: "Product", sort: (row) => row.product, cell: (row) => row.product },
  {
    key: "path",
    title: "Path",
    width: "minmax(180px, 2fr)",
    sort: (row) => row.path,
    cell: (row) => <code>{row.path}</code>,
  },
  {
    key: "answer",
    title: "Response",
    width: "150px",
    sort: (row) => Number(row.accepted),
    cell: (row) =>
      row.accepted ? <Status state="nodata">Accepted</Status> : <Status state="warn">Refused (404)</Status>,
  },
  {
    key: "requests",
    title: "Requests",
    number: true,
    sort: (row) => row.requests,
    cell: (row) => row.requests.toLocaleString(),
  },
  {
    key: "bytes",
    title: "Bytes",
    number: true,
    sort: (row) => row.bytes,
    cell: (row) => row.bytes.toLocaleString(),
  },
  {
    key: "last",
    title: "Last",
    width: "120px",
    sort: (row) => row.last,
    cell: (row) => <span className="num">{formatAgo(row.last * 1000, Date.now())}</span>,
  },
];

export default function NotStored() {
  const [search, setSearch] = useUrlState("filter");
  const query = useQuery({
    queryKey: ["not-stored"],
    queryFn: ({ signal }) => request<{ not_stored: Row[] }>("GET", "/api/ui/not_stored", { signal }),
    refetchInterval: 15_000,
  });
  return (
    <Page title="Not stored" fill>
      <Toolbar>
        <div data-grow>
          <SearchInput main value={search} onChange={setSearch} placeholder="Search senders and paths" />
        </div>
        <span className="muted">Since the server started</span>
      </Toolbar>
      <Panel style={{ flex: 1 }}>
        <Async query={query}>
          {(data) => {
            const text = search.toLowerCase();
            const rows = data.not_stored.filter((row) =>
              `${row.host} ${row.product} ${row.path}`.toLowerCase().includes(text),
            );
            return data.not_stored.length === 0 ? (
              <Empty title="Everything that was sent is stored">
                Deliveries of products that Heeler does not have are listed by their senders.
              </Empty>
            ) : (
              <DataTable
                label="Not stored"
                rows={rows}
                columns={COLUMNS}
                rowKey={(row) => `${row.host} ${row.path} ${row.accepted}`}
                initialSort={{ key: "last", descending: true }}
              />
            );
          }}
        </Async>
      </Panel>
    </Page>
  );
}
