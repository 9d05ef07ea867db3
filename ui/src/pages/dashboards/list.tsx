/** All dashboards, with search; a new one, or one from JSON. */

import { useState } from "react";
import { Link, useLocation } from "wouter";
import { formatAgo } from "~/core/time";
import { Page } from "~/shell/page";
import {
  Async,
  Button,
  type Column,
  DataTable,
  Dialog,
  Empty,
  Field,
  Input,
  SearchInput,
  TextArea,
  Toolbar,
  toast,
} from "~/ui";
import type { Dashboard } from "~/widgets/types";
import { type DashboardSummary, useDashboards, useSaveDashboard } from "./api";

const COLUMNS: Column<DashboardSummary>[] = [
  {
    key: "title",
    title: "Name",
    width: "minmax(200px, 3fr)",
    sort: (board) => board.title,
    cell: (board) => (
      <Link className="truncate" href={`/dashboard/${board.id}`}>
        {board.title}
      </Link>
    ),
  },
  {
    key: "author",
    title: "Author",
    sort: (board) => board.author_handle,
    cell: (board) => board.author_handle || (board.integration ? `Integration: ${board.integration}` : ""),
  },
  {
    key: "modified",
    title: "Changed",
    sort: (board) => board.modified_at,
    cell: (board) => (board.modified_at ? formatAgo(new Date(board.modified_at).getTime(), Date.now()) : ""),
  },
];

export default function DashboardList() {
  const [search, setSearch] = useState("");
  const [adding, setAdding] = useState(false);
  const query = useDashboards();
  const wanted = search.toLowerCase();
  const add = (
    <Button kind="primary" icon="plus" needs="dashboards_write" onClick={() => setAdding(true)}>
      New dashboard
    </Button>
  );
  return (
    <Page title="Dashboards" fill actions={add}>
      <Toolbar>
        <SearchInput main value={search} onChange={setSearch} placeholder="Search dashboards" />
      </Toolbar>
      <Async query={query}>
        {({ dashboards }) =>
          dashboards.length === 0 ? (
            <Empty title="No dashboards yet" actions={add}>
              Make one here, post one with your client, or paste the JSON of one you have.
            </Empty>
          ) : (
            <DataTable
              label="Dashboards"
              rows={dashboards.filter((board) =>
                `${board.title} ${board.description ?? ""}`.toLowerCase().includes(wanted),
              )}
              columns={COLUMNS}
              rowKey={(board) => board.id}
              initialSort={{ key: "title", descending: false }}
            />
          )
        }
      </Async>
      {adding && <NewDashboard onClose={() => setAdding(false)} />}
    </Page>
  );
}

function NewDashboard({ onClose }: { onClose: () => void }) {
  const [title, setTitle] = useState("");
  const [json, setJson] = useState("");
  const [problem, setProblem] = useState<string>();
  const [, navigate] = useLocation();
  const save = useSaveDashboard();
  const create = async () => {
    const board = read(title, json);
    if (typeof board === "string") return setProblem(board);
    try {
      const made = await save.mutateAsync(board);
      toast(`Created “${made.title}”`);
      navigate(`/dashboard/${made.id}${json ? "" : "?edit=1"}`);
    } catch (error) {
      setProblem((error as Error).message);
    }
  };
  const footer = (
    <Button kind="primary" onClick={() => void create()} disabled={save.isPending || (!title && !json)}>
      Create
    </Button>
  );
  return (
    <Dialog title="New dashboard" open onClose={onClose} footer={footer}>
      <Field label="Name">
        <Input value={title} onChange={(event) => setTitle(event.target.value)} autoFocus />
      </Field>
      <Field
        label="JSON, if you have one"
        hint="Paste an exported dashboard; it is kept as it is."
        error={problem}
      >
        <TextArea rows={8} value={json} onChange={(event) => setJson(event.target.value)} />
      </Field>
    </Dialog>
  );
}

/** The dashboard to create, or what is wrong with the text. */
function read(title: string, json: string): Omit<Dashboard, "id"> | string {
  if (!json.trim()) return { title, layout_type: "ordered", reflow_type: "fixed", widgets: [] };
  try {
    const { id: _, ...board } = JSON.parse(json) as Dashboard;
    return { ...board, title: title || board.title };
  } catch (error) {
    return `This is not JSON: ${(error as Error).message}`;
  }
}
