/** What can be done with several selected widgets at once. */
import { Button, Menu, MenuItem } from "~/ui";
import type { Draft } from "../draft";
import { containerOf, type Id } from "./placement";
import { groupsOf, type ToolActions } from "./WidgetTools";

interface Props {
  selected: readonly Id[];
  widgets: readonly Draft[];
  free: boolean;
  actions: ToolActions;
  onGroup: () => void;
  onCopy: () => void;
  onClear: () => void;
}

export function SelectionBar({ selected, widgets, free, actions, onGroup, onCopy, onClear }: Props) {
  const inside = containerOf(selected[0]!);
  const chosen = widgets.filter((one) => selected.includes(one.key));
  const holdsGroup = chosen.some((one) => one.definition.type === "group");
  const targets = holdsGroup ? [] : groupsOf(widgets).filter((one) => one.key !== inside);
  return (
    <>
      <strong role="status">{selected.length} selected</strong>
      {!free && inside === null && !holdsGroup && <Button onClick={onGroup}>Group</Button>}
      {!free && (inside !== null || targets.length > 0) && (
        <Menu trigger={<Button>Move to</Button>}>
          {inside !== null && (
            <MenuItem onSelect={() => actions.moveTo(selected, null)}>
              The dashboard, out of the group
            </MenuItem>
          )}
          {targets.map((one) => (
            <MenuItem key={one.key} onSelect={() => actions.moveTo(selected, one.key)}>
              {one.definition.title || "Group"}
            </MenuItem>
          ))}
        </Menu>
      )}
      <Button title="Ctrl+C" onClick={onCopy}>
        Copy
      </Button>
      <Button onClick={() => actions.clone(selected)}>Clone</Button>
      <Button title="Delete" onClick={() => actions.remove(selected)}>
        Delete
      </Button>
      <Button title="Esc" onClick={onClear}>
        Clear selection
      </Button>
    </>
  );
}
