/** Editing a dashboard: add, move, resize, change and remove widgets; nothing is stored before "Save". */

import { Suspense, useRef, useState } from "react";
import { lazyPart } from "~/core/lazyPart";
import { type Crumb, Page } from "~/shell/page";
import { Button, IconButton, Input, Loading, Menu, MenuItem, Toolbar } from "~/ui";
import { isGroup } from "~/widgets/layout";
import { WIDGETS } from "~/widgets/register";
import type { Dashboard, Widget, WidgetDefinition } from "~/widgets/types";
import { ConflictDialog } from "./conflictDialog";
import { closed, type Draft, placeFor, withAdded, withInner } from "./draft";
import { useEditorKeys } from "./editing/keys";
import { confirmDiscard } from "./editing/leaving";
import { RestoreNotice } from "./editing/RestoreNotice";
import { useEditing } from "./editing/useEditing";
import { VariablesDialog } from "./variablesDialog";
import { WidgetEditor } from "./widgetEditor";

const Canvas = lazyPart(() => import("./canvas"));

interface Props {
  board: Dashboard;
  crumbs: readonly Crumb[];
  onDone: () => void;
}

/** What the dialog edits: a widget of the board, or one inside of a group; new ones are added when done. */
type Target =
  | { kind: "new"; definition: WidgetDefinition; size: readonly [number, number]; group?: string }
  | { kind: "widget"; key: string; definition: WidgetDefinition }
  | { kind: "inner"; key: string; index: number; definition: WidgetDefinition };

let made = 0;
const newKey = () => `new-${Date.now()}-${++made}`;

export function Editor({ board, crumbs, onDone }: Props) {
  const editing = useEditing(board, onDone);
  const { state, dirty, change } = editing;
  /** The widget that was added last is brought into sight. */
  const [added, setAdded] = useState<string>();
  const [open, setOpen] = useState<Target>();
  const [naming, setNaming] = useState(false);
  const hovered = useRef<string>(undefined);
  const free = board.layout_type === "free";
  const setWidgets = (widgets: Draft[]) => change({ widgets });
  const settle = (widgets: Draft[]) => (free ? widgets : closed(widgets));
  const append = (definition: WidgetDefinition, size: readonly [number, number]) => {
    const draft = { key: newKey(), definition, layout: placeFor(state.widgets, size, free) };
    setWidgets(settle([...state.widgets, draft]));
    setAdded(draft.key);
  };
  const replace = (key: string, next: (widget: Draft) => Draft) =>
    setWidgets(state.widgets.map((widget) => (widget.key === key ? next(widget) : widget)));
  const remove = (key: string) => setWidgets(settle(state.widgets.filter((widget) => widget.key !== key)));
  const clone = ({ definition, layout }: Draft) =>
    append(structuredClone(definition), [layout.width, layout.height]);
  const paste = ({ definition, layout }: Widget) => {
    const known = WIDGETS[definition.type]?.size ?? [4, 2];
    append(definition, free || !layout ? known : [Math.min(12, layout.width), Math.min(40, layout.height)]);
  };
  const done = (target: Target, definition: WidgetDefinition) => {
    setOpen(undefined);
    if (target.kind === "inner") {
      replace(target.key, (group) => withInner(group, target.index, (inner) => ({ ...inner, definition })));
    } else if (target.kind === "widget") {
      replace(target.key, (widget) => ({ ...widget, definition }));
    } else if (target.group) {
      replace(target.group, (group) => withAdded(group, definition, target.size));
    } else append(definition, target.size);
  };
  const cancel = async () => {
    if (dirty && !(await confirmDiscard())) return;
    editing.discard();
    onDone();
  };
  useEditorKeys({
    undo: editing.undo,
    redo: editing.redo,
    save: () => void editing.store(),
    paste,
    current: () => state.widgets.find((widget) => widget.key === hovered.current),
  });

  const actions = (
    <>
      <Button onClick={cancel}>Cancel</Button>
      <Button kind="primary" disabled={editing.saving} onClick={() => void editing.store()}>
        Save
      </Button>
    </>
  );
  const tools = (widget: Draft) => (
    <>
      {isGroup(widget.definition) && (
        <AddMenu
          small
          onPick={(type) => setOpen(fresh(type, widget.key))}
          label={`Add widget to ${widget.definition.title || "group"}`}
        />
      )}
      <IconButton
        small
        icon="edit"
        label="Edit widget"
        onClick={() => setOpen({ kind: "widget", key: widget.key, definition: widget.definition })}
      />
      <IconButton small icon="copy" label="Clone widget" onClick={() => clone(widget)} />
      <IconButton small icon="trash" label="Delete widget" onClick={() => remove(widget.key)} />
    </>
  );
  const innerTools = (group: Draft, inner: Widget) => {
    const index = (group.definition.widgets ?? []).indexOf(inner);
    const edit = (change: (inner: Widget) => Widget | readonly Widget[] | null) =>
      replace(group.key, (draft) => withInner(draft, index, change));
    return (
      <>
        <IconButton
          small
          icon="edit"
          label="Edit widget"
          onClick={() => setOpen({ kind: "inner", key: group.key, index, definition: inner.definition })}
        />
        <IconButton
          small
          icon="copy"
          label="Clone widget"
          onClick={() =>
            edit((one) => {
              const { id: _, layout: __, ...copy } = structuredClone(one);
              return [one, copy];
            })
          }
        />
        <IconButton small icon="trash" label="Delete widget" onClick={() => edit(() => null)} />
      </>
    );
  };
  return (
    <Page title={`Edit ${state.title}`} crumbs={crumbs} time actions={actions}>
      <RestoreNotice editing={editing} />
      <Toolbar>
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
        <AddMenu label="Add widget" onPick={(type) => setOpen(fresh(type))} />
        <Button onClick={() => setNaming(true)}>Variables</Button>
        <Button disabled={!editing.canUndo} title="Ctrl+Z" onClick={editing.undo}>
          Undo
        </Button>
        <Button disabled={!editing.canRedo} title="Ctrl+Shift+Z" onClick={editing.redo}>
          Redo
        </Button>
        <span className="muted">{dirty ? "Unsaved changes" : "Saved"}</span>
      </Toolbar>
      <Suspense fallback={<Loading />}>
        <Canvas
          free={free}
          widgets={state.widgets}
          added={added}
          onMoved={setWidgets}
          onHover={(key) => {
            hovered.current = key;
          }}
          onToggle={(group) => replace(group.key, (draft) => ({ ...draft, collapsed: !draft.collapsed }))}
          actions={tools}
          innerActions={innerTools}
        />
      </Suspense>
      {open && (
        <WidgetEditor
          definition={open.definition}
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

function fresh(type: string, group?: string): Target {
  const { sample, size = [4, 2] } = WIDGETS[type]!;
  return { kind: "new", definition: structuredClone(sample!), size, group };
}

interface AddProps {
  label: string;
  small?: boolean;
  onPick: (type: string) => void;
}

function AddMenu({ label, small, onPick }: AddProps) {
  const trigger = small ? (
    <IconButton small icon="plus" label={label} />
  ) : (
    <Button icon="plus">{label}</Button>
  );
  return (
    <Menu trigger={trigger}>
      {Object.entries(WIDGETS).map(([type, entry]) =>
        entry.sample && !(small && type === "group") ? (
          <MenuItem key={type} onSelect={() => onPick(type)}>
            {entry.label}
          </MenuItem>
        ) : null,
      )}
    </Menu>
  );
}
