/** Editing a dashboard: add, move, resize, change and remove widgets; nothing is stored before "Save". */

import { Suspense, useRef, useState } from "react";
import { lazyPart } from "~/core/lazyPart";
import { type Crumb, Page } from "~/shell/page";
import { Button, IconButton, Input, Loading, Menu, MenuItem, Toolbar, toast } from "~/ui";
import { COLUMNS, freeSlot, placeBoard } from "~/widgets/layout";
import { WIDGETS } from "~/widgets/register";
import type { Dashboard, WidgetLayout } from "~/widgets/types";
import { useSaveDashboard } from "./api";
import { closed, type Draft, rowsOf } from "./draft";
import { VariablesDialog } from "./variablesDialog";
import { WidgetEditor } from "./widgetEditor";

const Canvas = lazyPart(() => import("./canvas"));

interface Props {
  board: Dashboard;
  crumbs: readonly Crumb[];
  onDone: () => void;
}

let made = 0;
const newKey = () => `new-${++made}`;

export function drafts(board: Dashboard): Draft[] {
  const { placed } = placeBoard(board.widgets);
  return board.widgets.map((widget, index) => ({
    ...widget,
    key: String(widget.id ?? newKey()),
    layout: placed[index]!.box,
  }));
}

export function Editor({ board, crumbs, onDone }: Props) {
  const [title, setTitle] = useState(board.title);
  const [widgets, setWidgets] = useState(() => closed(drafts(board)));
  const [variables, setVariables] = useState(board.template_variables ?? []);
  const start = useRef([widgets, variables]);
  /** The widget that was added last: brought into sight, since it stands below all others. */
  const [added, setAdded] = useState<string>();
  const [open, setOpen] = useState<Draft>();
  const [naming, setNaming] = useState(false);
  const save = useSaveDashboard();
  const store = async () => {
    try {
      await save.mutateAsync(finished(board, title, widgets, variables));
      toast("Saved");
      onDone();
    } catch (error) {
      toast((error as Error).message, "alert");
    }
  };
  const put = (next: Draft) => {
    if (widgets.some((widget) => widget.key === next.key)) {
      setWidgets(closed(widgets.map((widget) => (widget.key === next.key ? next : widget))));
    } else append(next);
  };
  const append = (next: Draft) => {
    setWidgets(closed([...widgets, next]));
    setAdded(next.key);
  };
  const cancel = () => {
    const changed =
      JSON.stringify([title, widgets, variables]) !== JSON.stringify([board.title, ...start.current]);
    if (!changed || window.confirm("Leave without saving? What you changed here is lost.")) onDone();
  };
  const actions = (
    <>
      <Button onClick={cancel}>Cancel</Button>
      <Button kind="primary" disabled={save.isPending} onClick={() => void store()}>
        Save
      </Button>
    </>
  );
  return (
    <Page title={`Edit ${title}`} crumbs={crumbs} time actions={actions}>
      <Toolbar>
        <Input
          aria-label="Name"
          value={title}
          onChange={(event) => setTitle(event.target.value)}
          style={{ width: 320 }}
        />
        <Menu trigger={<Button icon="plus">Add widget</Button>}>
          {Object.entries(WIDGETS).map(([type, entry]) =>
            entry.sample ? (
              <MenuItem key={type} onSelect={() => setOpen(fresh(type, widgets))}>
                {entry.label}
              </MenuItem>
            ) : null,
          )}
        </Menu>
        <Button onClick={() => setNaming(true)}>Variables</Button>
        <span className="muted">
          Drag a title to move, a corner to resize; at a title, arrow keys move and with Shift resize.
        </span>
      </Toolbar>
      <Suspense fallback={<Loading />}>
        <Canvas
          widgets={widgets}
          added={added}
          onMoved={setWidgets}
          actions={(widget) => (
            <>
              <IconButton small icon="edit" label="Edit widget" onClick={() => setOpen(widget)} />
              <IconButton
                small
                icon="copy"
                label="Duplicate widget"
                onClick={() => append(copied(widget, widgets))}
              />
              <IconButton
                small
                icon="trash"
                label="Remove widget"
                onClick={() => setWidgets(closed(widgets.filter((other) => other.key !== widget.key)))}
              />
            </>
          )}
        />
      </Suspense>
      {open && (
        <WidgetEditor
          definition={open.definition}
          onClose={() => setOpen(undefined)}
          onDone={(definition) => {
            put({ ...open, definition });
            setOpen(undefined);
          }}
        />
      )}
      {naming && (
        <VariablesDialog variables={variables} onChange={setVariables} onClose={() => setNaming(false)} />
      )}
    </Page>
  );
}

/** The first place that is free for it. */
function slot(widgets: readonly Draft[], width: number, height: number): WidgetLayout {
  return freeSlot(widgets.map(rowsOf), width, height, COLUMNS);
}

function fresh(type: string, widgets: readonly Draft[]): Draft {
  const { sample, size: [width, height] = [4, 2] } = WIDGETS[type]!;
  return { key: newKey(), definition: structuredClone(sample!), layout: slot(widgets, width, height) };
}

function copied(widget: Draft, widgets: readonly Draft[]): Draft {
  const { id: _, ...rest } = structuredClone(widget);
  const { width, height } = rowsOf(widget);
  return { ...rest, key: newKey(), layout: slot(widgets, width, height) };
}

/** What is sent: the dashboard as it was, with the edited parts in place of the old. */
export function finished(
  board: Dashboard,
  title: string,
  widgets: readonly Draft[],
  variables: NonNullable<Dashboard["template_variables"]>,
): Dashboard {
  return {
    ...board,
    title,
    layout_type: "ordered",
    reflow_type: "fixed",
    template_variables: variables,
    widgets: widgets.map(({ key: _, ...widget }) => widget),
  };
}
