/** All notebooks, with search; a new one of a kind. */
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
  Select,
  Toolbar,
  toast,
  useFormer,
} from "~/ui";
import { type Notebook, useNotebooks, useSaveNotebook } from "./api";
import { KINDS, newNotebook } from "./cells";

const COLUMNS: Column<Notebook>[] = [
  {
    key: "name",
    title: "Name",
    width: "minmax(200px, 3fr)",
    sort: (one) => one.attributes.name,
    cell: (one) => (
      <Link className="truncate" href={`/notebook/${one.id}`}>
        {one.attributes.name || "Unnamed"}
      </Link>
    ),
  },
  {
    key: "type",
    title: "Type",
    sort: (one) => one.attributes.metadata?.type ?? "",
    cell: (one) => one.attributes.metadata?.type ?? "",
  },
  {
    key: "author",
    title: "Author",
    sort: (one) => one.attributes.author?.handle,
    cell: (one) => one.attributes.author?.handle ?? "",
  },
  {
    key: "modified",
    title: "Modified",
    sort: (one) => one.attributes.modified,
    cell: (one) =>
      one.attributes.modified ? formatAgo(Date.parse(one.attributes.modified), Date.now()) : "",
  },
];

export default function NotebookList() {
  const [search, setSearch] = useState("");
  const [type, setType] = useState("");
  const [adding, setAdding] = useState(false);
  const query = useNotebooks(search, type);
  const former = useFormer(query, search, type);
  const add = (
    <Button kind="primary" icon="plus" needs="notebooks_write" onClick={() => setAdding(true)}>
      New notebook
    </Button>
  );
  return (
    <Page title="Notebooks" fill actions={add}>
      <Toolbar>
        <SearchInput main value={search} onChange={setSearch} placeholder="Search notebooks" />
        <Select label="Type" value={type} options={kindsWith("All")} onChange={setType} />
      </Toolbar>
      <Async query={query} former={former}>
        {({ data }) =>
          data.length === 0 && !search && !type && !former ? (
            <Empty title="No notebooks found" actions={add}>
              Notebooks join text with graphs, logs and traces: for investigations, runbooks and postmortems.
            </Empty>
          ) : (
            <DataTable
              label="Notebooks"
              rows={data}
              columns={COLUMNS}
              rowKey={(one) => String(one.id)}
              empty="No notebooks match your search"
              initialSort={{ key: "modified", descending: true }}
            />
          )
        }
      </Async>
      {adding && <NewNotebook onClose={() => setAdding(false)} />}
    </Page>
  );
}

const kindsWith = (none: string) => [
  { value: "", label: none },
  ...KINDS.map((value) => ({ value, label: value })),
];

function NewNotebook({ onClose }: { onClose: () => void }) {
  const [name, setName] = useState("");
  const [kind, setKind] = useState("investigation");
  const [, navigate] = useLocation();
  const save = useSaveNotebook();
  const create = async () => {
    try {
      const made = await save.mutateAsync({ attributes: newNotebook(name || "New notebook", kind) });
      navigate(`/notebook/${made.id}`);
    } catch (error) {
      toast((error as Error).message, "alert");
    }
  };
  const footer = (
    <Button kind="primary" disabled={save.isPending} onClick={() => void create()}>
      Create
    </Button>
  );
  return (
    <Dialog title="New notebook" open onClose={onClose} footer={footer}>
      <Field label="Name">
        <Input autoFocus maxLength={80} value={name} onChange={(event) => setName(event.target.value)} />
      </Field>
      <Select label="Type" value={kind} options={kindsWith("none")} onChange={setKind} />
    </Dialog>
  );
}
