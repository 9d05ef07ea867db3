/** A list whose order people set: by dragging the handle, or with the arrow keys while it has the focus. */
import { type DragEvent, type ReactNode, useRef, useState } from "react";
import { Icon } from "~/ui";
import css from "./config.module.css";
import { moved } from "./processors";

interface OrderedListProps<Item> {
  label: string;
  items: readonly Item[];
  itemKey: (item: Item, at: number) => string;
  /** What the handle moves, in words. */
  itemName: (item: Item) => string;
  render: (item: Item, at: number) => ReactNode;
  /** Without it the order is fixed. */
  onOrder?: (items: Item[]) => void;
}

export function OrderedList<Item>({
  label,
  items,
  itemKey,
  itemName,
  render,
  onOrder,
}: OrderedListProps<Item>) {
  const [dragged, setDragged] = useState<number>();
  const [over, setOver] = useState<number>();
  const list = useRef<HTMLOListElement>(null);
  const move = (from: number, to: number) => {
    if (to >= 0 && to < items.length && to !== from) onOrder?.(moved(items, from, to));
  };
  const byKey = (at: number, to: number) => {
    move(at, to);
    // The handle goes with its item.
    requestAnimationFrame(() => {
      const handles = list.current?.querySelectorAll<HTMLElement>(":scope > li > [data-handle]");
      handles?.[Math.min(Math.max(to, 0), items.length - 1)]?.focus();
    });
  };
  const drop = (event: DragEvent) => {
    if (dragged === undefined || over === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    move(dragged, over);
    setDragged(undefined);
    setOver(undefined);
  };
  return (
    <ol className={css.ordered} aria-label={label} ref={list}>
      {items.map((item, at) => (
        <li
          key={itemKey(item, at)}
          data-over={over === at && dragged !== at ? (dragged! < at ? "below" : "above") : undefined}
          onDragOver={(event) => {
            if (dragged === undefined) return;
            event.preventDefault();
            event.stopPropagation();
            setOver(at);
          }}
          onDrop={drop}
        >
          {onOrder && (
            <button
              type="button"
              data-handle
              className={css.handle}
              draggable
              aria-label={`Move ${itemName(item)}`}
              title="Drag, or press the arrow keys, to change the order"
              onDragStart={(event) => {
                event.stopPropagation();
                event.dataTransfer.effectAllowed = "move";
                setDragged(at);
              }}
              onDragEnd={() => {
                setDragged(undefined);
                setOver(undefined);
              }}
              onKeyDown={(event) => {
                const step = event.key === "ArrowUp" ? -1 : event.key === "ArrowDown" ? 1 : 0;
                if (step === 0) return;
                event.preventDefault();
                byKey(at, at + step);
              }}
            >
              <Icon name="drag" />
            </button>
          )}
          <div className={css.item}>{render(item, at)}</div>
        </li>
      ))}
    </ol>
  );
}

interface StoredListProps<Item> extends Omit<OrderedListProps<Item>, "onOrder"> {
  /** Saves an order, which is shown as it was chosen while it is on its way. */
  order: { isPending: boolean; variables: Item[] | undefined; mutate: (items: Item[]) => void };
  /** Whether the order can be changed: by this person, and of all items. */
  may: boolean;
}

/** An ordered list of stored things. */
export function StoredList<Item>({ items, order, may, ...rest }: StoredListProps<Item>) {
  const chosen = may && order.isPending ? order.variables : undefined;
  return (
    <OrderedList {...rest} items={chosen ?? items} onOrder={may ? (next) => order.mutate(next) : undefined} />
  );
}
