/** A table of any length: only visible rows exist. Sortable by its headers, usable by keyboard. */
import { useVirtualizer } from "@tanstack/react-virtual";
import { type KeyboardEvent, type ReactNode, useEffect, useMemo, useRef, useState } from "react";
import { Icon } from "./icons";
import { useMedia } from "./media";
import css from "./surface.module.css";

export interface Column<Row> {
  key: string;
  title: ReactNode;
  cell: (row: Row) => ReactNode;
  /** What to sort by; without it the column cannot be sorted. */
  sort?: (row: Row) => string | number | null | undefined;
  /** CSS grid track, `1fr` by default. */
  width?: string;
  number?: boolean;
  /** Left out on a phone, where what matters more would be beyond the edge. */
  wide?: boolean;
}

interface TableProps<Row> {
  label: string;
  rows: readonly Row[];
  columns: readonly Column<Row>[];
  rowKey: (row: Row) => string;
  onRow?: (row: Row) => void;
  selected?: string | null;
  rowHeight?: number;
  /** True while the rows are the answer to an earlier question. */
  former?: boolean;
  /** Said where no row is left. */
  empty?: string;
  initialSort?: { key: string; descending: boolean };
  /** Called when a header is clicked: where the rows are the first of many, more of that order may be loaded. */
  onSort?: (sort: { key: string; descending: boolean }) => void;
  /** Called when the last row comes into view: more may be loaded. */
  onEnd?: () => void;
}

export function DataTable<Row>(props: TableProps<Row>) {
  const { label, rows, rowKey, onRow, selected, rowHeight = 30, empty = "Nothing matches" } = props;
  const phone = useMedia("(max-width: 640px)");
  const columns = useMemo(
    () => (phone ? props.columns.filter((column) => !column.wide) : props.columns),
    [phone, props.columns],
  );
  const [sort, setSort] = useState(props.initialSort);
  const choose = (next: Sort) => {
    setSort(next);
    if (next) props.onSort?.(next);
  };
  const frame = useRef<HTMLDivElement>(null);
  const sorted = useMemo(() => sortRows(rows, columns, sort), [rows, columns, sort]);
  const template = scaled(
    columns
      .map((column) => column.width ?? (column.number ? "minmax(84px, 1fr)" : "minmax(120px, 1fr)"))
      .join(" "),
  );
  const virtual = useVirtualizer({
    count: sorted.length,
    getScrollElement: () => frame.current,
    estimateSize: () => rowHeight,
    overscan: 12,
    scrollMargin: 28,
  });
  const { onEnd } = props;
  const last = virtual.getVirtualItems().at(-1)?.index ?? -1;
  useEffect(() => {
    if (last >= sorted.length - 1 && sorted.length > 0) onEnd?.();
  }, [last, sorted.length, onEnd]);
  const press = (event: KeyboardEvent, index: number) => {
    if (event.target !== event.currentTarget) return; // a button in the row acts for itself
    if (event.key === "Enter") onRow?.(sorted[index]!);
    const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    if (step === 0) return;
    event.preventDefault();
    const next = index + step;
    virtual.scrollToIndex(Math.max(0, Math.min(sorted.length - 1, next)));
    frame.current?.querySelector<HTMLElement>(`[data-index="${next}"]`)?.focus();
  };
  return (
    <div
      className={css.table}
      ref={frame}
      role="table"
      aria-label={label}
      aria-rowcount={sorted.length}
      aria-busy={props.former || undefined}
    >
      <div className={css.head} role="row" style={{ gridTemplateColumns: template }}>
        {columns.map((column) => (
          <Header key={column.key} column={column} sort={sort} onSort={choose} />
        ))}
      </div>
      {sorted.length === 0 && <p className={css.none}>{empty}</p>}
      <div style={{ position: "relative", height: virtual.getTotalSize() }}>
        {virtual.getVirtualItems().map((item) => {
          const row = sorted[item.index]!;
          const key = rowKey(row);
          return (
            <div
              key={key}
              role="row"
              tabIndex={onRow ? 0 : undefined}
              data-index={item.index}
              data-clickable={onRow ? true : undefined}
              aria-selected={onRow ? key === selected : undefined}
              className={`${css.row} ${css.bodyRow}`}
              style={{ gridTemplateColumns: template, top: item.start - 28, height: rowHeight }}
              onClick={onRow && (() => onRow(row))}
              onKeyDown={onRow && ((event) => press(event, item.index))}
            >
              {columns.map((column) => (
                <div
                  key={column.key}
                  role="cell"
                  className={css.cell}
                  data-number={column.number || undefined}
                >
                  {column.cell(row)}
                </div>
              ))}
            </div>
          );
        })}
      </div>
    </div>
  );
}

/** Widths that were chosen for type of the usual size grow with it, as in TV mode. */
const scaled = (tracks: string): string =>
  tracks.replace(/(\d+(?:\.\d+)?)px/g, "calc($1px * var(--type-scale, 1))");

type Sort = { key: string; descending: boolean } | undefined;

interface HeaderProps<Row> {
  column: Column<Row>;
  sort: Sort;
  onSort: (sort: Sort) => void;
}

function Header<Row>({ column, sort, onSort }: HeaderProps<Row>) {
  const active = sort?.key === column.key;
  const direction = active ? (sort.descending ? "descending" : "ascending") : undefined;
  const next = { key: column.key, descending: active ? !sort.descending : column.number === true };
  return (
    <div
      role="columnheader"
      aria-sort={direction}
      className={css.cell}
      data-number={column.number || undefined}
    >
      {column.sort ? (
        <button type="button" onClick={() => onSort(next)}>
          {column.title}
          {active && <Icon name={sort.descending ? "down" : "up"} size={12} />}
        </button>
      ) : (
        column.title
      )}
    </div>
  );
}

export function sortRows<Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  sort: Sort,
): readonly Row[] {
  const by = columns.find((column) => column.key === sort?.key)?.sort;
  if (!by || !sort) return rows;
  const sign = sort.descending ? -1 : 1;
  return [...rows].sort((a, b) => {
    const [x, y] = [by(a), by(b)];
    // What has no value stands last either way.
    if (x === null || x === undefined) return y === null || y === undefined ? 0 : 1;
    if (y === null || y === undefined) return -1;
    if (typeof x === "number" && typeof y === "number") return (x - y) * sign;
    return String(x).localeCompare(String(y), undefined, { numeric: true }) * sign;
  });
}
