/** Attributes as a tree; each value has a menu: filter, exclude, column, facet, copy. */
import { useState } from "react";
import { ExactNumber } from "~/core/json";
import { Icon, Menu, MenuItem, MenuSeparator, toast } from "~/ui";
import { textOf } from "./format";
import css from "./panels.module.css";
import type { RowActions } from "./types";

interface TreeProps {
  value: Record<string, unknown>;
  actions: RowActions;
  /** What stands before a path to make it a field: `@` for attributes. */
  prefix?: string;
}

export function JsonTree({ value, actions, prefix = "@" }: TreeProps) {
  return (
    <div className={css.tree} role="tree" aria-label="Attributes">
      {Object.entries(value).map(([key, one]) => (
        <Branch key={key} name={key} path={key} value={one} depth={0} actions={actions} prefix={prefix} />
      ))}
    </div>
  );
}

interface BranchProps extends Omit<TreeProps, "value"> {
  name: string;
  path: string;
  value: unknown;
  depth: number;
}

/** Branches beyond are closed at first. */
const OPEN_DEPTH = 3;
const MOST = 200;

function Branch({ name, path, value, depth, actions, prefix }: BranchProps) {
  const [open, setOpen] = useState(depth < OPEN_DEPTH);
  const inner = entriesOf(value);
  const style = { paddingLeft: depth * 14 };
  if (!inner) {
    return (
      <div role="treeitem" tabIndex={-1} className={css.leaf} style={style}>
        <span className={css.key}>{name}</span>
        <ValueMenu field={`${prefix}${path}`} value={value} actions={actions} />
      </div>
    );
  }
  const array = Array.isArray(value);
  return (
    <div role="treeitem" tabIndex={-1} aria-expanded={open}>
      <button type="button" className={css.branch} style={style} onClick={() => setOpen(!open)}>
        <Icon name={open ? "down" : "right"} size={12} />
        <span className={css.key}>{name}</span>
        <span className="muted">{array ? `[${inner.length}]` : `{${inner.length}}`}</span>
      </button>
      {open &&
        inner.slice(0, MOST).map(([key, one]) => (
          <Branch
            key={key}
            name={key}
            // Elements of an array have the field of the array.
            path={array ? path : `${path}.${key}`}
            value={one}
            depth={depth + 1}
            actions={actions}
            prefix={prefix}
          />
        ))}
      {open && inner.length > MOST && <p className="muted">{inner.length - MOST} more</p>}
    </div>
  );
}

function entriesOf(value: unknown): [string, unknown][] | null {
  if (value === null || typeof value !== "object" || value instanceof ExactNumber) return null;
  const entries = Object.entries(value);
  return entries.length > 0 ? entries : null;
}

interface ValueMenuProps {
  field: string;
  value: unknown;
  actions: RowActions;
  /** What is shown; the value by default. */
  label?: string;
}

export function ValueMenu({ field, value, actions, label }: ValueMenuProps) {
  const text = textOf(value);
  const kind = value === null ? "null" : value instanceof ExactNumber ? "number" : typeof value;
  const shown = actions.columns.includes(field);
  return (
    <Menu
      trigger={
        <button type="button" className={css.value} data-kind={kind}>
          {label ?? (value === null ? "null" : text || '""')}
        </button>
      }
    >
      <MenuItem icon="filter" onSelect={() => actions.filter(field, text)}>
        Filter by {field}:{short(text)}
      </MenuItem>
      <MenuItem onSelect={() => actions.filter(field, text, true)}>
        Exclude {field}:{short(text)}
      </MenuItem>
      <MenuSeparator />
      <MenuItem icon="table" onSelect={() => actions.toggleColumn(field)}>
        {shown ? "Remove column" : "Add column"} for {field}
      </MenuItem>
      <MenuItem onSelect={() => actions.addFacet(field)}>Add facet for {field}</MenuItem>
      {actions.explain && (
        <MenuItem icon="help" onSelect={() => actions.explain?.(field)}>
          Where does {field} come from?
        </MenuItem>
      )}
      <MenuSeparator />
      <MenuItem icon="copy" onSelect={() => copy(text)}>
        Copy value
      </MenuItem>
      <MenuItem onSelect={() => copy(field)}>Copy field</MenuItem>
    </Menu>
  );
}

const short = (text: string) => (text.length > 40 ? `${text.slice(0, 40)}…` : text);

function copy(text: string) {
  navigator.clipboard.writeText(text).then(
    () => toast("Copied"),
    () => toast("Could not copy to the clipboard", "alert"),
  );
}
