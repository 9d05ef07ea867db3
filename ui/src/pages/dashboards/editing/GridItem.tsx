/** A widget on the grid of an editor: its title is the handle, its corner the size. */
import type { CSSProperties, KeyboardEvent, ReactNode } from "react";
import css from "../canvas.module.css";
import type { Id } from "./placement";
import type { GridDrag } from "./useGridDrag";

export interface ItemTools {
  grid: GridDrag;
  selected: ReadonlySet<Id>;
  /** The widget that was added last. */
  added?: string;
  onToggle: (id: Id) => void;
  onPress: (event: KeyboardEvent<HTMLElement>, id: Id) => void;
  onHover: (id: Id | undefined) => void;
}

interface Props extends ItemTools {
  id: Id;
  name: string;
  group?: boolean;
  style: CSSProperties;
  children: ReactNode;
}

const HINT =
  "Drag to move, click to edit. Shift+click or Space selects several; arrow keys move, with Shift they resize";

export function GridItem(props: Props) {
  const { id, name, group, style, children, grid, selected, added, onToggle, onPress, onHover } = props;
  const rect = grid.floating(id);
  const floats: CSSProperties | undefined = rect ? { position: "fixed", ...rect, zIndex: 5 } : undefined;
  const chosen = selected.has(id);
  return (
    <div
      className={css.item}
      data-item={id}
      data-group={group || undefined}
      data-selected={chosen || undefined}
      data-floating={rect !== null || undefined}
      style={floats ?? style}
      onPointerEnter={() => onHover(id)}
      onPointerLeave={() => onHover(undefined)}
      onFocus={(event) => {
        event.stopPropagation();
        onHover(id);
      }}
    >
      <button
        type="button"
        className={css.handle}
        data-added={id === added || undefined}
        aria-label={`Move ${name}`}
        aria-pressed={chosen}
        title={HINT}
        onPointerDown={(event) => {
          event.stopPropagation();
          if (event.shiftKey || event.ctrlKey || event.metaKey) {
            event.preventDefault();
            onToggle(id);
          } else grid.begin(event, chosen ? leading(id, selected) : [id], "move");
        }}
        onKeyDown={(event) => onPress(event, id)}
      />
      {children}
      <span
        className={css.corner}
        aria-hidden="true"
        onPointerDown={(event) => {
          event.stopPropagation();
          grid.begin(event, [id], "resize");
        }}
      />
    </div>
  );
}

/** All that is selected, the one at hand first. */
function leading(id: Id, selected: ReadonlySet<Id>): Id[] {
  return [id, ...[...selected].filter((one) => one !== id)];
}
