/** The buttons of a widget in the editor. */
import { IconButton, Menu, MenuItem } from "~/ui";
import { isGroup } from "~/widgets/layout";
import type { Draft } from "../draft";
import { AddMenu } from "./AddMenu";
import type { Container, Id } from "./placement";

export interface ToolActions {
  add: (type: string, group: string) => void;
  edit: (id: Id) => void;
  clone: (ids: readonly Id[]) => void;
  remove: (ids: readonly Id[]) => void;
  moveTo: (ids: readonly Id[], into: Container) => void;
  ungroup: (key: string) => void;
}

interface Props {
  id: Id;
  /** The group that holds it; null is the dashboard. */
  inside: Container;
  widget: Draft | null;
  widgets: readonly Draft[];
  free: boolean;
  actions: ToolActions;
}

export function WidgetTools({ id, inside, widget, widgets, free, actions }: Props) {
  const group = widget && isGroup(widget.definition) ? widget : null;
  return (
    <>
      {group && (
        <AddMenu
          small
          onPick={(type) => actions.add(type, group.key)}
          label={`Add widget to ${group.definition.title || "group"}`}
        />
      )}
      <IconButton small icon="edit" label="Edit widget" onClick={() => actions.edit(id)} />
      <IconButton small icon="copy" label="Clone widget" onClick={() => actions.clone([id])} />
      {!free && <MoveMenu ids={[id]} inside={inside} group={group} widgets={widgets} actions={actions} />}
      <IconButton small icon="trash" label="Delete widget" onClick={() => actions.remove([id])} />
    </>
  );
}

interface MoveProps {
  ids: readonly Id[];
  inside: Container;
  group: Draft | null;
  widgets: readonly Draft[];
  actions: ToolActions;
}

/** Into a group and out of one, without a mouse. */
function MoveMenu({ ids, inside, group, widgets, actions }: MoveProps) {
  const targets = group ? [] : groupsOf(widgets).filter((one) => one.key !== inside);
  if (!group && inside === null && targets.length === 0) return null;
  return (
    <Menu
      align="end"
      trigger={<IconButton small icon="more" label={group ? "Group menu" : "Move widget to"} />}
    >
      {group && <MenuItem onSelect={() => actions.ungroup(group.key)}>Ungroup</MenuItem>}
      {inside !== null && (
        <MenuItem onSelect={() => actions.moveTo(ids, null)}>Move out of the group</MenuItem>
      )}
      {targets.map((one) => (
        <MenuItem key={one.key} onSelect={() => actions.moveTo(ids, one.key)}>
          Move to “{one.definition.title || "Group"}”
        </MenuItem>
      ))}
    </Menu>
  );
}

export const groupsOf = (widgets: readonly Draft[]) =>
  widgets.filter((one) => one.definition.type === "group");
