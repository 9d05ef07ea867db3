/** Logs > Saved Views: all that the person may see, to open, rename, share, make the default, delete. */
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { Link } from "wouter";
import { useMe } from "~/api/session";
import { deleteView, type SavedView, saveView, useViews, viewsKey } from "~/explorer/api";
import { useVisibilityName, VisibilityField } from "~/explorer/visibility";
import { Page } from "~/shell/page";
import {
  Async,
  Button,
  type Column,
  Confirm,
  DataTable,
  Dialog,
  Empty,
  Field,
  IconButton,
  Input,
  SearchInput,
  Tag,
  Toolbar,
  toast,
} from "~/ui";
import css from "./config.module.css";

const SOURCE = "logs";

export default function SavedViews() {
  const views = useViews(SOURCE);
  const client = useQueryClient();
  const [search, setSearch] = useState("");
  const [editing, setEditing] = useState<SavedView>();
  const [deleting, setDeleting] = useState<SavedView>();
  const visibility = useVisibilityName();
  const may = useMe().data?.can_write === true;
  const change = async (act: () => Promise<unknown>, done: string) => {
    try {
      await act();
      await client.invalidateQueries({ queryKey: viewsKey(SOURCE) });
      toast(done);
      setEditing(undefined);
      setDeleting(undefined);
    } catch (error) {
      toast((error as Error).message, "alert");
    }
  };
  const words = search.trim().toLowerCase();
  const fits = (one: SavedView) =>
    `${one.name} ${one.owner} ${one.state.query ?? ""}`.toLowerCase().includes(words);
  const columns: Column<SavedView>[] = [
    {
      key: "name",
      title: "Name",
      width: "minmax(160px, 1.5fr)",
      sort: (one) => one.name,
      cell: (one) => (
        <span>
          <Link href={`/logs?saved_view=${one.id}`}>{one.name}</Link> {one.is_default && <Tag>Default</Tag>}
        </span>
      ),
    },
    {
      key: "query",
      title: "Query",
      width: "minmax(160px, 2fr)",
      sort: (one) => one.state.query ?? "",
      cell: (one) => <span className={`${css.query} truncate`}>{one.state.query || "*"}</span>,
    },
    {
      key: "shared",
      title: "Visible to",
      width: "minmax(110px, 1fr)",
      sort: visibility,
      cell: (one) => <span className="truncate">{visibility(one)}</span>,
    },
    {
      key: "owner",
      title: "Created by",
      width: "minmax(120px, 1fr)",
      sort: (one) => one.owner,
      cell: (one) => <span className="truncate">{one.owner}</span>,
    },
    {
      key: "actions",
      title: "",
      width: "110px",
      cell: (one) => {
        const allowed = one.own || may;
        return (
          <span>
            <IconButton
              icon="star"
              label={
                one.is_default ? `${one.name} is your default view` : `Make ${one.name} your default view`
              }
              aria-pressed={one.is_default}
              disabled={!one.own}
              onClick={() =>
                void change(
                  () => saveView(SOURCE, { id: one.id, is_default: !one.is_default }),
                  one.is_default ? "No default view" : "Default view saved",
                )
              }
            />
            <IconButton
              icon="edit"
              label={`Edit ${one.name}`}
              disabled={!allowed}
              onClick={() => setEditing(one)}
            />
            <IconButton
              icon="trash"
              label={`Delete ${one.name}`}
              disabled={!allowed}
              onClick={() => setDeleting(one)}
            />
          </span>
        );
      },
    },
  ];
  return (
    <Page title="Saved Views" fill>
      <Toolbar>
        <SearchInput main value={search} onChange={setSearch} placeholder="Search saved views" />
      </Toolbar>
      <Async query={views}>
        {(all) =>
          all.length === 0 ? (
            <Empty title="No saved views found" actions={<Link href="/logs">View in Log Explorer</Link>}>
              A saved view holds a search with its columns and visualization. Save one in the explorer.
            </Empty>
          ) : (
            <DataTable
              label="Saved views"
              rows={all.filter(fits)}
              columns={columns}
              rowKey={(one) => String(one.id)}
              empty="No saved views match your search"
            />
          )
        }
      </Async>
      {editing && (
        <EditDialog
          view={editing}
          onSave={(next) => void change(() => saveView(SOURCE, next), "Saved view changed")}
          onClose={() => setEditing(undefined)}
        />
      )}
      {deleting && (
        <Confirm
          title={`Delete ${deleting.name}?`}
          action="Delete"
          onClose={() => setDeleting(undefined)}
          onConfirm={() => void change(() => deleteView(SOURCE, deleting.id), "Saved view deleted")}
        >
          {deleting.shared && "Everyone loses this view. "}
          {deleting.team && "The team loses this view. "}
          Logs are not affected.
        </Confirm>
      )}
    </Page>
  );
}

interface EditDialogProps {
  view: SavedView;
  onSave: (view: Partial<SavedView>) => void;
  onClose: () => void;
}

function EditDialog({ view, onSave, onClose }: EditDialogProps) {
  const [name, setName] = useState(view.name);
  const [visible, setVisible] = useState({ shared: view.shared, team: view.team });
  const footer = (
    <>
      <Button onClick={onClose}>Cancel</Button>
      <Button
        kind="primary"
        disabled={!name.trim()}
        onClick={() => onSave({ id: view.id, name, ...visible })}
      >
        Save
      </Button>
    </>
  );
  return (
    <Dialog title="Edit saved view" open onClose={onClose} footer={footer} width={440}>
      <div className={css.form}>
        <Field label="Name">
          <Input value={name} onChange={(event) => setName(event.target.value)} />
        </Field>
        <VisibilityField value={visible} onChange={setVisible} />
      </div>
    </Dialog>
  );
}
