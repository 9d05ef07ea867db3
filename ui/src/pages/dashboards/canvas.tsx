/** The grid while it is edited: widgets are moved by their titles, in and out of groups, and resized by their corners. */
import { type KeyboardEvent, type ReactNode, useEffect, useRef, useState } from "react";
import { useSize } from "~/widgets/dom";
import { Group } from "~/widgets/Group";
import { type Direction, placeWords } from "~/widgets/gridLayout";
import { COLUMNS, isGroup } from "~/widgets/layout";
import type { Widget, WidgetLayout } from "~/widgets/types";
import { WidgetPanel } from "~/widgets/WidgetPanel";
import css from "./canvas.module.css";
import { type Draft, rowsOf } from "./draft";
import { GridItem, type ItemTools } from "./editing/GridItem";
import { useMarquee } from "./editing/marquee";
import { gridOf, grown, type Id, innerId, stepped, widgetOf } from "./editing/placement";
import { GAP, type GridDrag, ROW, useGridDrag } from "./editing/useGridDrag";
import FreeCanvas from "./freeCanvas";

export interface CanvasProps {
  widgets: Draft[];
  /** Key of the widget to bring into sight. */
  added?: string;
  selected: ReadonlySet<Id>;
  newKey: () => string;
  onMoved: (widgets: Draft[]) => void;
  onSelect: (ids: readonly Id[]) => void;
  /** The widget under the pointer or with the focus, for the clipboard. */
  onHover: (id: Id | undefined) => void;
  onEdit: (id: Id) => void;
  /** Opens or closes a group, also as it is stored. */
  onToggle: (group: Draft) => void;
  actions: (id: Id) => ReactNode;
}

/** By then a dialog that closes has given the focus back to the button that opened it, and the page jumped there. */
const FOCUS_MS = 150;
const ARROWS: Record<string, Direction> = {
  ArrowLeft: "left",
  ArrowRight: "right",
  ArrowUp: "up",
  ArrowDown: "down",
};

/** Of an ordered dashboard, or a free one. */
export default function Canvas({ free, ...props }: CanvasProps & { free: boolean }) {
  return free ? <FreeCanvas {...props} /> : <GridCanvas {...props} />;
}

function GridCanvas(props: CanvasProps) {
  const { widgets, added, selected, newKey, onMoved, onSelect, onHover, onEdit, onToggle } = props;
  const [frame, size] = useSize<HTMLDivElement>();
  const canvas = useRef<HTMLDivElement>(null);
  const [told, setTold] = useState("");
  const grid = useGridDrag({
    canvas,
    widgets,
    newKey,
    onDone: (result) => {
      onMoved(result.widgets);
      if (selected.size > 0) onSelect(result.ids);
    },
    onClick: onEdit,
  });
  const marquee = useMarquee(canvas, onSelect);
  useEffect(() => {
    if (!added) return;
    const timer = setTimeout(() => {
      const handle = canvas.current?.querySelector<HTMLElement>("[data-added]");
      handle?.parentElement?.scrollIntoView({ block: "center" });
      handle?.focus({ preventScroll: true });
    }, FOCUS_MS);
    return () => clearTimeout(timer);
  }, [added]);
  const toggle = (id: Id) => onSelect(toggled(selected, id));
  const press = (event: KeyboardEvent<HTMLElement>, id: Id) => {
    if (event.key === " " || event.key === "Enter") {
      event.preventDefault();
      if (event.key === " ") toggle(id);
      else onEdit(id);
      return;
    }
    const direction = ARROWS[event.key];
    if (!direction || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    const ids = selected.has(id) ? [id, ...[...selected].filter((one) => one !== id)] : [id];
    const next = event.shiftKey ? grown(widgets, id, direction) : stepped(widgets, ids, direction);
    setTold(placeWords(boxOf(next, id)));
    onMoved(next);
    const { currentTarget } = event;
    setTimeout(() => currentTarget.scrollIntoView({ block: "nearest" }), FOCUS_MS);
  };
  const tools: ItemTools = { grid, selected, added, onToggle: toggle, onPress: press, onHover };
  const shown = grid.preview?.widgets ?? widgets;
  const cell = { width: (size.width + GAP) / COLUMNS, height: ROW + GAP };
  const rows = shown.reduce((most, one) => Math.max(most, one.layout.y + rowsOf(one).height), 0);
  return (
    <div ref={frame} className={css.canvas}>
      <p className="visually-hidden" role="status">
        {told}
      </p>
      <div
        ref={canvas}
        className={css.surface}
        data-dragging={grid.drag !== null || undefined}
        style={{ height: rows * cell.height + ROW }}
        onPointerDown={marquee.begin}
      >
        {size.width > 0 &&
          widgets.map((widget) => (
            <TopItem
              key={widget.key}
              {...props}
              widget={widget}
              tools={tools}
              shown={shown}
              cell={cell}
              onToggle={onToggle}
            />
          ))}
        {grid.drag && grid.preview?.into === null && <Placeholders grid={grid} cell={cell} />}
        {marquee.box && <div className={css.marquee} style={marquee.box} />}
      </div>
    </div>
  );
}

interface Cell {
  width: number;
  height: number;
}

interface TopProps extends CanvasProps {
  widget: Draft;
  tools: ItemTools;
  shown: readonly Draft[];
  cell: Cell;
}

function TopItem({ widget, tools, shown, cell, actions, onToggle }: TopProps) {
  const { definition } = widget;
  const now = shown.find((one) => one.key === widget.key) ?? widget;
  return (
    <GridItem
      {...tools}
      id={widget.key}
      name={definition.title || definition.type}
      group={isGroup(definition)}
      style={styleOf(rowsOf(now), cell)}
    >
      {isGroup(definition) ? (
        <Group
          widget={widget}
          width={now.layout.width}
          collapsed={widget.collapsed === true}
          onToggle={() => onToggle(widget)}
          actions={() => actions(widget.key)}
          body={<GroupBody group={widget} now={now} tools={tools} actions={actions} />}
        />
      ) : (
        <WidgetPanel
          definition={definition}
          rows={now.layout.height}
          columns={now.layout.width}
          actions={actions(widget.key)}
        />
      )}
    </GridItem>
  );
}

interface BodyProps {
  group: Draft;
  /** The group as it would be if what is dragged were dropped. */
  now: Draft;
  tools: ItemTools;
  actions: (id: Id) => ReactNode;
}

/** The inside of a group: a grid as wide as the group. */
function GroupBody({ group, now, tools, actions }: BodyProps) {
  const { boxes, columns, widgets } = gridOf([now], now.key);
  const places = new Map(widgets.map((inner, i) => [inner.definition, boxes[i]!]));
  const own = gridOf([group], group.key);
  const rows = Math.max(1, ...boxes.map((box) => box.y + box.height));
  const dropping = tools.grid.drag && tools.grid.preview?.into === group.key;
  return (
    <div className={css.groupBody} data-dropping={dropping || undefined}>
      <div
        className={css.groupGrid}
        data-group-body={group.key}
        style={{
          gridTemplateColumns: `repeat(${columns}, minmax(0, 1fr))`,
          gridTemplateRows: `repeat(${rows}, minmax(0, 1fr))`,
        }}
      >
        {own.widgets.map((inner: Widget, index) => {
          const box = places.get(inner.definition) ?? own.boxes[index]!;
          return (
            <GridItem
              key={inner.id ?? index}
              {...tools}
              id={innerId(group.key, index)}
              name={inner.definition.title || inner.definition.type}
              style={areaOf(box)}
            >
              <WidgetPanel
                definition={inner.definition}
                rows={box.height}
                columns={box.width}
                actions={actions(innerId(group.key, index))}
              />
            </GridItem>
          );
        })}
        {dropping && <Placeholders grid={tools.grid} />}
        {own.widgets.length === 0 && !dropping && (
          <p className={css.emptyGroup}>Drag widgets here, or add one with the plus above</p>
        )}
      </div>
    </div>
  );
}

/** Where the dragged widgets would come to stand. */
function Placeholders({ grid, cell }: { grid: GridDrag; cell?: Cell }) {
  const { ids, widgets } = grid.preview!;
  return ids.map((id) => {
    const box = boxOf(widgets, id);
    return <div key={id} className={css.placeholder} style={cell ? styleOf(box, cell) : areaOf(box)} />;
  });
}

function boxOf(widgets: readonly Draft[], id: Id): WidgetLayout {
  const widget = widgetOf(widgets, id);
  const top = widgets.find((one) => one.key === id);
  return top ? rowsOf(top) : (widget?.layout ?? { x: 0, y: 0, width: 1, height: 1 });
}

const styleOf = ({ x, y, width, height }: WidgetLayout, cell: Cell) => ({
  left: x * cell.width,
  top: y * cell.height,
  width: width * cell.width - GAP,
  height: height * cell.height - GAP,
});

const areaOf = ({ x, y, width, height }: WidgetLayout) => ({
  gridColumn: `${x + 1} / span ${width}`,
  gridRow: `${y + 1} / span ${height}`,
});

/** Widgets of one grid are selected together: one of another grid begins anew. */
function toggled(selected: ReadonlySet<Id>, id: Id): Id[] {
  if (selected.has(id)) return [...selected].filter((one) => one !== id);
  const grid = (one: Id) => (one.includes("/") ? one.split("/")[0] : null);
  return [...[...selected].filter((one) => grid(one) === grid(id)), id];
}
