/** Editing a dashboard: add, move, resize, change and remove widgets; nothing is stored before "Save". */

import { Suspense, useRef, useState } from "react";
import { lazyPart } from "~/core/lazyPart";
import { useShortcuts } from "~/shell/keys";
import { confirmDiscard } from "~/shell/leaving";
import { type Crumb, Page } from "~/shell/page";
import { Button, Input, Loading, Toolbar, toast } from "~/ui";
import { WIDGETS } from "~/widgets/register";
import type { Dashboard, Widget, WidgetDefinition } from "~/widgets/types";
import { ConflictDialog } from "./conflictDialog";
import { closed, type Draft, placeFor, withAdded } from "./draft";
import { AddMenu, FirstWidgets } from "./editing/AddMenu";
import { textOf } from "./editing/clipboard";
import { useEditorKeys } from "./editing/keys";
import {
  containerOf,
  dropped,
  gridOf,
  grouped,
  type Id,
  innerId,
  removed,
  ungrouped,
  whereIs,
  widgetOf,
  withDefinition,
} from "./editing/placement";
import { sampleOf } from "./editing/presets";
import { RestoreNotice } from "./editing/RestoreNotice";
import { SelectionBar } from "./editing/SelectionBar";
import { useEditing } from "./editing/useEditing";
import { type ToolActions, WidgetTools } from "./editing/WidgetTools";
import { VariablesDialog } from "./variablesDialog";
import { WidgetEditor } from "./widgetEditor";

const Canvas = lazyPart(() => import("./canvas"));

interface Props {
  board: Dashboard;
  crumbs: readonly Crumb[];
  onDone: () => void;
}

/** What the dialog edits: a widget of the board or of a group by its id; new ones are added when done. */
type Target =
  | { id: null; definition: WidgetDefinition; size: readonly [number, number]; group?: string }
  | { id: Id; definition: WidgetDefinition };

let made = 0;
const newKey = () => `new-${Date.now()}-${++made}`;
const NONE: ReadonlySet<Id> = new Set();

export function Editor({ board, crumbs, onDone }: Props) {
  const editing = useEditing(board, onDone);
  const { state, dirty, change } = editing;
  const { widgets } = state;
  /** The widget that was added last is brought into sight. */
  const [added, setAdded] = useState<string>();
  const [open, setOpen] = useState<Target>();
  const [naming, setNaming] = useState(false);
  const [selection, setSelection] = useState<ReadonlySet<Id>>(NONE);
  const hovered = useRef<Id>(undefined);
  const adder = useRef<HTMLButtonElement>(null);
  useShortcuts([{ keys: "A", does: "Add a widget", run: () => adder.current?.click() }]);
  const free = board.layout_type === "free";
  const known = [...selection].filter((id) => widgetOf(widgets, id));
  const selected = known.length === selection.size ? selection : new Set(known);
  const select = (ids: readonly Id[]) => setSelection(ids.length === 0 ? NONE : new Set(ids));
  const setWidgets = (next: Draft[]) => change({ widgets: next });
  const settle = (next: Draft[]) => (free ? next : closed(next));
  /** Adds at the first free places of the dashboard, or of a group. */
  const append = (fresh: readonly Widget[], group?: string, wanted?: readonly [number, number]) => {
    let next = widgets;
    let last = "";
    for (const { definition, layout } of fresh) {
      const size = wanted ?? sizeOf(definition, layout, free);
      if (group) {
        next = next.map((one) => (one.key === group ? withAdded(one, definition, size) : one));
        last = innerId(group, gridOf(next, group).ids.length - 1);
      } else {
        last = newKey();
        next = [...next, { key: last, definition, layout: placeFor(next, size, free) }];
      }
    }
    setWidgets(settle(next));
    setAdded(last);
  };
  const remove = (ids: readonly Id[]) => {
    setWidgets(settle(removed(widgets, ids)));
    select([]);
  };
  const moveTo: ToolActions["moveTo"] = (ids, into) => {
    const { boxes } = gridOf(widgets, into);
    const bottom = boxes.reduce((most, box) => Math.max(most, box.y + box.height), 0);
    const result = dropped(widgets, ids, into, { x: 0, y: bottom }, newKey);
    setWidgets(result.widgets);
    select([]);
    setAdded(result.ids[0]);
  };
  const actions: ToolActions = {
    add: (type, group) => setOpen(fresh(type, group)),
    edit: (id) => setOpen({ id, definition: widgetOf(widgets, id)!.definition }),
    clone: (ids) => {
      const copies = ids.map((id) => {
        const { definition, layout } = widgetOf(widgets, id)!;
        return { definition: structuredClone(definition), layout };
      });
      append(copies, containerOf(ids[0]!) ?? undefined);
    },
    remove,
    moveTo,
    ungroup: (key) => setWidgets(ungrouped(widgets, key, newKey)),
  };
  const group = () => {
    const result = grouped(widgets, [...selected], newKey);
    if (!result) return;
    setWidgets(closed(result.widgets));
    select([]);
    setAdded(result.key);
  };
  const done = (target: Target, definition: WidgetDefinition) => {
    setOpen(undefined);
    if (target.id === null) append([{ definition }], target.group, target.size);
    else setWidgets(withDefinition(widgets, target.id, definition));
  };
  const cancel = async () => {
    if (dirty && !(await confirmDiscard())) return;
    editing.discard();
    onDone();
  };
  const atHand = () => {
    const ids = selected.size > 0 ? [...selected] : hovered.current ? [hovered.current] : [];
    return ids.filter((id) => widgetOf(widgets, id));
  };
  useEditorKeys({
    undo: editing.undo,
    redo: editing.redo,
    save: () => void editing.store(),
    paste: (pasted) => append(pasted),
    current: () => atHand().map((id) => widgetOf(widgets, id)!),
    remove: () => {
      const focused = document.activeElement?.closest<HTMLElement>("[data-item]")?.dataset.item;
      const ids = selected.size > 0 ? [...selected] : focused ? [focused] : [];
      if (ids.length > 0) remove(ids);
    },
    clear: () => select([]),
  });
  const copy = async () => {
    await navigator.clipboard.writeText(textOf(atHand().map((id) => widgetOf(widgets, id)!)));
    toast(`${selected.size} widgets copied`);
  };
  const buttons = (
    <>
      <Button onClick={cancel}>Cancel</Button>
      <Button kind="primary" disabled={editing.saving} title="Ctrl+S" onClick={() => void editing.store()}>
        Save
      </Button>
    </>
  );
  const tools = (id: Id) => {
    const { container, key } = whereIs(id);
    const widget = container === null ? (widgets.find((one) => one.key === key) ?? null) : null;
    return (
      <WidgetTools
        id={id}
        inside={container}
        widget={widget}
        widgets={widgets}
        free={free}
        actions={actions}
      />
    );
  };
  return (
    <Page title={`Edit ${state.title}`} crumbs={crumbs} time actions={buttons}>
      <RestoreNotice editing={editing} />
      <Toolbar>
        {selected.size > 0 ? (
          <SelectionBar
            selected={[...selected]}
            widgets={widgets}
            free={free}
            actions={actions}
            onGroup={group}
            onCopy={() => void copy()}
            onClear={() => select([])}
          />
        ) : (
          <>
            <Input
              aria-label="Name"
              value={state.title}
              onChange={(event) => change({ title: event.target.value })}
              style={{ width: 320 }}
            />
            <Input
              aria-label="Description"
              placeholder="Description"
              value={state.description}
              onChange={(event) => change({ description: event.target.value })}
              style={{ width: 260 }}
            />
            <AddMenu button={adder} label="Add widget" onPick={(type) => setOpen(fresh(type))} />
            <Button onClick={() => setNaming(true)}>Variables</Button>
            <Button disabled={!editing.canUndo} title="Ctrl+Z" onClick={editing.undo}>
              Undo
            </Button>
            <Button disabled={!editing.canRedo} title="Ctrl+Shift+Z" onClick={editing.redo}>
              Redo
            </Button>
            <span className="muted">{dirty ? "Unsaved changes" : "Saved"}</span>
          </>
        )}
      </Toolbar>
      {widgets.length === 0 && <FirstWidgets onPick={(type) => setOpen(fresh(type))} />}
      <Suspense fallback={<Loading />}>
        <Canvas
          free={free}
          widgets={widgets}
          added={added}
          selected={selected}
          newKey={newKey}
          onMoved={setWidgets}
          onSelect={select}
          onHover={(id) => {
            hovered.current = id;
          }}
          onEdit={actions.edit}
          onToggle={({ key }) =>
            setWidgets(widgets.map((one) => (one.key === key ? { ...one, collapsed: !one.collapsed } : one)))
          }
          actions={tools}
        />
      </Suspense>
      {open && (
        <WidgetEditor
          definition={open.definition}
          fresh={open.id === null}
          onClose={() => setOpen(undefined)}
          onDone={(definition) => done(open, definition)}
        />
      )}
      {naming && (
        <VariablesDialog
          variables={state.variables}
          onChange={(variables) => change({ variables })}
          onClose={() => setNaming(false)}
        />
      )}
      {editing.conflict && (
        <ConflictDialog
          id={board.id}
          onOverwrite={() => void editing.store(true)}
          onClose={editing.forgetConflict}
        />
      )}
    </Page>
  );
}

/** Columns and rows of a widget that is added: as it was where it comes from, else by its type. */
function sizeOf(definition: WidgetDefinition, layout: Widget["layout"], free: boolean): [number, number] {
  if (free || !layout) return WIDGETS[definition.type]?.size ?? [4, 2];
  return [Math.min(12, layout.width), Math.min(40, layout.height)];
}

function fresh(name: string, group?: string): Target {
  return { id: null, ...sampleOf(name), group };
}
