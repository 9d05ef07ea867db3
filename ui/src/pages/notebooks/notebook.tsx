/** One notebook: text, graphs and lists in the order in which they are read; saved as one writes. */
import { type RefObject, useCallback, useEffect, useMemo, useRef, useState } from "react";
import { useLocation, useParams } from "wouter";
import { ApiFailure } from "~/api/client";
import { WidgetEditor } from "~/pages/dashboards/widgetEditor";
import { RestrictionDialog } from "~/pages/permissions/restriction";
import { useLeaveGuard } from "~/shell/leaving";
import { Page } from "~/shell/page";
import { useTimeRange } from "~/shell/timeRange";
import { Async, ask, Button, IconButton, Input, Menu, MenuItem, Select, Toolbar, toast, useMay } from "~/ui";
import { WidgetScopeProvider } from "~/widgets/context";
import { WIDGETS } from "~/widgets/register";
import type { WidgetDefinition } from "~/widgets/types";
import {
  type Notebook,
  type NotebookAttributes,
  type NotebookCell,
  useDeleteNotebook,
  useNotebook,
  useSaveNotebook,
} from "./api";
import { Cell } from "./cell";
import { frozen, graph, KINDS, markdown, movedCell } from "./cells";
import css from "./notebook.module.css";

const CRUMBS = [{ label: "Notebooks", href: "/notebook/list" }];
const SAVED = "Saved";
const UNSAVED = "Unsaved changes";
const FAILED = "Not saved";
const WRITE = "notebooks_write";
const SAVE_MS = 1500;
const GRAPHS = [
  "timeseries",
  "toplist",
  "query_table",
  "query_value",
  "heatmap",
  "distribution",
  "list_stream",
  "slo",
  "image",
];

export default function NotebookPage() {
  const { id = "" } = useParams<{ id: string }>();
  const query = useNotebook(id);
  if (!query.data) {
    return (
      <Page title="Notebook" crumbs={CRUMBS}>
        <Async query={query}>{() => null}</Async>
      </Page>
    );
  }
  return <Opened key={query.data.id} notebook={query.data} />;
}

function Opened({ notebook }: { notebook: Notebook }) {
  const time = useTimeRange();
  const [attributes, setAttributes] = useState(notebook.attributes);
  const [editing, setEditing] = useState<{ index: number; definition: WidgetDefinition }>();
  const deleted = useRef(false);
  const status = useAutosave(notebook, attributes, deleted);
  const [, navigate] = useLocation();
  const remove = useDeleteNotebook();
  const variables = useMemo(() => attributes.template_variables ?? [], [attributes.template_variables]);
  const scope = useMemo(
    () => ({
      variables,
      chosen: {},
      window: { from: time.range.from, to: time.range.to },
      refresh: time.range.live ? time.interval : null,
    }),
    [variables, time],
  );
  const set = (change: Partial<NotebookAttributes>) => setAttributes({ ...attributes, ...change });
  const setCells = (cells: NotebookCell[]) => set({ cells });
  const put = (index: number, cell: NotebookCell) =>
    setCells(attributes.cells.map((old, at) => (at === index ? cell : old)));
  const insert = (index: number, cell: NotebookCell) =>
    setCells([...attributes.cells.slice(0, index), cell, ...attributes.cells.slice(index)]);
  const edits = useMay(WRITE);
  const [restricting, setRestricting] = useState(false);
  const destroy = async () => {
    if (!(await ask({ title: `Delete “${attributes.name}”?`, action: "Delete" }))) return;
    deleted.current = true;
    try {
      await remove.mutateAsync(notebook.id);
    } catch (error) {
      deleted.current = false;
      throw error;
    }
    navigate("/notebook/list");
  };
  const freeze = () => {
    set(frozen(attributes, time.range.from, time.range.to));
    time.set({ ...time.range, live: false });
    toast("Times are fixed");
  };
  const actions = (
    <>
      {edits && <span className="muted">{status}</span>}
      <Menu align="end" trigger={<IconButton icon="more" label="Notebook menu" />}>
        <MenuItem icon="pause" needs={WRITE} onSelect={freeze}>
          Fix the selected time range
        </MenuItem>
        <MenuItem icon="key" onSelect={() => setRestricting(true)}>
          Permissions
        </MenuItem>
        <MenuItem icon="trash" danger needs={WRITE} onSelect={() => void destroy()}>
          Delete
        </MenuItem>
      </Menu>
      {restricting && (
        <RestrictionDialog
          kind="notebook"
          id={notebook.id}
          name={attributes.name}
          onClose={() => setRestricting(false)}
        />
      )}
    </>
  );
  return (
    <WidgetScopeProvider value={scope}>
      <Page title={attributes.name || "Unnamed"} crumbs={CRUMBS} time actions={actions}>
        <Toolbar>
          <Input
            aria-label="Name"
            maxLength={80}
            readOnly={!edits}
            value={attributes.name}
            style={{ width: 320 }}
            onChange={(event) => set({ name: event.target.value })}
          />
          <Select
            label="Type"
            needs={WRITE}
            value={attributes.metadata?.type ?? ""}
            options={[{ value: "", label: "none" }, ...KINDS.map((value) => ({ value, label: value }))]}
            onChange={(type) => set({ metadata: { ...attributes.metadata, type: type || undefined } })}
          />
        </Toolbar>
        <div className={css.cells}>
          <AddCell onAdd={(cell) => insert(0, cell)} />
          {attributes.cells.map((cell, index) => (
            <div key={cell.id ?? index}>
              <Cell
                cell={cell}
                onChange={(next) => put(index, next)}
                onEdit={() => setEditing({ index, definition: cell.attributes.definition })}
                onMove={(step) => setCells(movedCell(attributes.cells, index, step))}
                onDelete={() => setCells(attributes.cells.filter((_, at) => at !== index))}
              />
              <AddCell onAdd={(next) => insert(index + 1, next)} />
            </div>
          ))}
        </div>
        {editing && (
          <WidgetEditor
            definition={editing.definition}
            onClose={() => setEditing(undefined)}
            onDone={(definition) => {
              const cell = attributes.cells[editing.index]!;
              put(editing.index, { ...cell, attributes: { ...cell.attributes, definition } });
              setEditing(undefined);
            }}
          />
        )}
      </Page>
    </WidgetScopeProvider>
  );
}

/**
 * Saves a while after the last change; what somebody else saved meanwhile is not overwritten. One save at a time:
 * each names the version that it was written from, which is that of the save before.
 */
function useAutosave(
  notebook: Notebook,
  attributes: NotebookAttributes,
  deleted: RefObject<boolean>,
): string {
  const { mutateAsync } = useSaveNotebook();
  const stored = useRef(notebook.attributes);
  const wanted = useRef(attributes);
  wanted.current = attributes;
  const running = useRef<Promise<void> | null>(null);
  const [status, setStatus] = useState(SAVED);
  useLeaveGuard(status === FAILED);
  useUnloadGuard(status !== SAVED);
  const save = useCallback(() => {
    const next = (running.current ?? Promise.resolve()).then(async () => {
      const sent = wanted.current;
      if (deleted.current || sameContent(sent, stored.current)) return;
      const saved = await mutateAsync({ id: notebook.id, attributes: sent, unless: stored.current.modified });
      stored.current = { ...sent, modified: saved.attributes.modified };
    });
    const ended = next
      .catch(() => undefined)
      .then(() => {
        if (running.current === ended) running.current = null;
      });
    running.current = ended;
    return next;
  }, [notebook.id, mutateAsync, deleted]);
  useEffect(
    // What was changed just before leaving is saved without the pause.
    () => () => void save().catch((error) => toast((error as Error).message, "alert")),
    [save],
  );
  useEffect(() => {
    if (running.current === null && sameContent(attributes, stored.current)) {
      setStatus(SAVED);
      return;
    }
    setStatus(UNSAVED);
    const timer = setTimeout(async () => {
      setStatus("Saving");
      try {
        await save();
        // More may have been written while this was saved.
        setStatus(sameContent(wanted.current, stored.current) ? SAVED : UNSAVED);
      } catch (error) {
        const stale = error instanceof ApiFailure && error.status === 412;
        setStatus(stale ? "Somebody else saved this notebook: reload to see it" : FAILED);
        toast((error as Error).message, "alert");
      }
    }, SAVE_MS);
    return () => clearTimeout(timer);
  }, [attributes, save]);
  return status;
}

/** The browser asks before the tab is closed or loaded anew. */
function useUnloadGuard(dirty: boolean) {
  useEffect(() => {
    if (!dirty) return;
    const ask = (event: BeforeUnloadEvent) => event.preventDefault();
    window.addEventListener("beforeunload", ask);
    return () => window.removeEventListener("beforeunload", ask);
  }, [dirty]);
}

function sameContent(a: NotebookAttributes, b: NotebookAttributes): boolean {
  const content = ({ name, cells, time, metadata, template_variables }: NotebookAttributes) =>
    JSON.stringify([name, cells, time, metadata, template_variables]);
  return content(a) === content(b);
}

function AddCell({ onAdd }: { onAdd: (cell: NotebookCell) => void }) {
  return (
    <div className={css.add}>
      <Menu
        trigger={
          <Button size="small" kind="ghost" icon="plus" needs={WRITE}>
            Add cell
          </Button>
        }
      >
        <MenuItem icon="edit" onSelect={() => onAdd(markdown(""))}>
          Markdown
        </MenuItem>
        {GRAPHS.map((type) => (
          <MenuItem key={type} onSelect={() => onAdd(graph(structuredClone(WIDGETS[type]!.sample!)))}>
            {WIDGETS[type]!.label}
          </MenuItem>
        ))}
      </Menu>
    </div>
  );
}
