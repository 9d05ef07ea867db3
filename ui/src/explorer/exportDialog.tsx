/** Puts what an explorer shows on a dashboard or into a notebook: one that exists, or a new one. */
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useLocation } from "wouter";
import { request } from "~/api/client";
import { Button, Combobox, Dialog, Field, Input, Notice, Segments } from "~/ui";
import { COLUMNS, FREE_UNIT_PX, freeSlot, placeBoard, placeFree } from "~/widgets/layout";
import type { Widget, WidgetDefinition } from "~/widgets/types";
import css from "./panels.module.css";

export type Target = "dashboard" | "notebook";

interface ExportDialogProps {
  target: Target;
  title: string;
  widget: (title: string) => WidgetDefinition;
  onClose: () => void;
}

interface Choice {
  id: string;
  title: string;
}

const WHERE = [
  { value: "new", label: "New" },
  { value: "existing", label: "Existing" },
] as const;

export function ExportDialog({ target, title, widget, onClose }: ExportDialogProps) {
  const [name, setName] = useState(title);
  const [where, setWhere] = useState<"new" | "existing">("new");
  const [place, setPlace] = useState(title);
  const [chosen, setChosen] = useState<string | null>(null);
  const [problem, setProblem] = useState<string>();
  const [busy, setBusy] = useState(false);
  const [, navigate] = useLocation();
  const choices = useQuery({
    queryKey: ["export-targets", target],
    enabled: where === "existing",
    queryFn: ({ signal }) => (target === "dashboard" ? fetchDashboards(signal) : fetchNotebooks(signal)),
  });
  const labels = (choices.data ?? []).map(labelOf);
  const existing = choices.data?.find((one) => labelOf(one) === chosen);
  const store = async () => {
    setBusy(true);
    setProblem(undefined);
    try {
      const definition = widget(name.trim() || title);
      const put = target === "dashboard" ? putOnDashboard : putIntoNotebook;
      navigate(await put(where === "existing" ? existing?.id : undefined, place.trim() || title, definition));
    } catch (error) {
      setProblem((error as Error).message);
      setBusy(false);
    }
  };
  const ready = where === "new" ? place.trim() !== "" : existing !== undefined;
  const footer = (
    <>
      <Button onClick={onClose}>Cancel</Button>
      <Button kind="primary" disabled={!ready || busy} onClick={() => void store()}>
        {target === "dashboard" ? "Add to dashboard" : "Add to notebook"}
      </Button>
    </>
  );
  return (
    <Dialog title={`Export to ${target}`} open onClose={onClose} footer={footer} width={480}>
      <div className={css.details}>
        <Field label="Title of the widget">
          <Input value={name} onChange={(event) => setName(event.target.value)} />
        </Field>
        <Segments label={`Which ${target}`} value={where} options={WHERE} onChange={setWhere} />
        {where === "new" ? (
          <Field label={`Name of the new ${target}`}>
            <Input value={place} onChange={(event) => setPlace(event.target.value)} />
          </Field>
        ) : (
          <Combobox
            label={`Choose a ${target}`}
            value={chosen}
            options={labels}
            onChange={(next) => setChosen(next)}
          />
        )}
        {problem && <Notice state="alert">{`Could not export. ${problem}`}</Notice>}
      </div>
    </Dialog>
  );
}

/** Titles need not differ: the id tells which is which. */
const labelOf = ({ id, title }: Choice) => `${title} (${id})`;

async function fetchDashboards(signal: AbortSignal): Promise<Choice[]> {
  const found = await request<{ dashboards: Choice[] }>("GET", "/api/ui/dashboards", { signal });
  return found.dashboards.map(({ id, title }) => ({ id, title }));
}

async function fetchNotebooks(signal: AbortSignal): Promise<Choice[]> {
  const found = await request<{ data: { id: number; attributes: { name: string } }[] }>(
    "GET",
    "/api/v1/notebooks",
    { query: { count: 100 }, signal },
  );
  return found.data.map(({ id, attributes }) => ({ id: String(id), title: attributes.name }));
}

interface Board {
  modified_at?: string;
  layout_type: string;
  widgets: Widget[];
}

/** The path of the dashboard. */
async function putOnDashboard(
  id: string | undefined,
  title: string,
  definition: WidgetDefinition,
): Promise<string> {
  if (!id) {
    const widgets = [placed([], definition, false)];
    const board = { title, layout_type: "ordered", reflow_type: "fixed", widgets };
    const made = await request<{ id: string }>("POST", "/api/v1/dashboard", { body: board });
    return `/dashboard/${made.id}`;
  }
  const board = await request<Board>("GET", `/api/v1/dashboard/${id}`);
  const widget = placed(board.widgets, definition, board.layout_type === "free");
  await request("PUT", `/api/v1/dashboard/${id}`, {
    body: { ...board, widgets: [...board.widgets, widget] },
    headers: board.modified_at ? { "If-Match": `"${board.modified_at}"` } : undefined,
  });
  return `/dashboard/${id}`;
}

/** Rows of a list, which takes the whole width, and the size of a graph. */
const SIZE = { list: [12, 4], graph: [6, 3] } as const;

/** The widget at the first place that is free; without one where no other has a place. */
function placed(widgets: readonly Widget[], definition: WidgetDefinition, free: boolean): Widget {
  if (free) {
    const { height } = placeFree(widgets);
    const y = Math.ceil(height / FREE_UNIT_PX) + 1;
    return { definition, layout: { x: 0, y, width: 47, height: 22 } };
  }
  if (widgets.length > 0 && !widgets.some((one) => one.layout)) return { definition };
  const [width, height] = definition.type === "list_stream" ? SIZE.list : SIZE.graph;
  const taken = placeBoard(widgets).placed.map((one) => one.box);
  return { definition, layout: freeSlot(taken, width, height, COLUMNS) };
}

interface Cells {
  name: string;
  time: object;
  status?: string;
  metadata?: object;
  cells: object[];
}

/** The path of the notebook. */
async function putIntoNotebook(
  id: string | undefined,
  name: string,
  definition: WidgetDefinition,
): Promise<string> {
  const cell = { type: "notebook_cells", attributes: { definition, graph_size: "m", time: null } };
  const before: Cells = id
    ? (await request<{ data: { attributes: Cells } }>("GET", `/api/v1/notebooks/${id}`)).data.attributes
    : { name: name.slice(0, 80), time: { live_span: "1h" }, cells: [] };
  const { name: known, time, status, metadata, cells } = before;
  const attributes = { name: known, time, status, metadata, cells: [...cells, cell] };
  const saved = await request<{ data: { id: number } }>(
    id ? "PUT" : "POST",
    id ? `/api/v1/notebooks/${id}` : "/api/v1/notebooks",
    { body: { data: { type: "notebooks", attributes } } },
  );
  return `/notebook/${saved.data.id}`;
}
