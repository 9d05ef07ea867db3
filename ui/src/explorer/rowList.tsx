/** The list of rows: time, columns, text. Any length; by keyboard: arrows step, Enter opens. */
import { useVirtualizer } from "@tanstack/react-virtual";
import { type CSSProperties, type KeyboardEvent, useEffect, useRef } from "react";
import { formatInstant } from "~/core/time";
import { Icon, IconButton, Menu, MenuItem } from "~/ui";
import { LINES, type MessageDisplay } from "./address";
import css from "./explorer.module.css";
import { titleOf } from "./facetRail";
import { textOf, withoutColors } from "./format";
import { type ExplorerSource, STATUS_COLORS } from "./types";

interface RowListProps<Row> {
  source: ExplorerSource<Row>;
  rows: readonly Row[];
  columns: readonly string[];
  display: MessageDisplay;
  newestFirst: boolean;
  open: string;
  onOpen: (row: Row) => void;
  onColumns: (columns: string[]) => void;
  onSort: (newestFirst: boolean) => void;
  /** Another row than the open one is stepped to. */
  onStep: (row: Row) => void;
  /** The end of the list comes into view. */
  onEnd: () => void;
  /** Keep the newest row in view: live tail. */
  follow?: boolean;
}

const LINE = 18;
const PADDING = 6;

export function RowList<Row>(props: RowListProps<Row>) {
  const { source, rows, columns, display, open, onOpen, onEnd } = props;
  const frame = useRef<HTMLDivElement>(null);
  const most = LINES[display];
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => frame.current,
    estimateSize: (index) => LINE * linesOf(source.rowText(rows[index]!), most) + PADDING,
    getItemKey: (index) => source.rowKey(rows[index]!),
    overscan: 15,
  });
  const items = virtual.getVirtualItems();
  const last = items.at(-1)?.index ?? 0;
  useEffect(() => {
    if (rows.length > 0 && last >= rows.length - 20) onEnd();
  }, [last, rows.length, onEnd]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: other heights need measuring again
  useEffect(() => virtual.measure(), [display]);
  const at = rows.findIndex((row) => source.rowKey(row) === open);
  useEffect(() => {
    if (at >= 0) virtual.scrollToIndex(at, { align: "auto" });
  }, [at, virtual]);

  const press = (event: KeyboardEvent, index: number) => {
    const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    if (event.key === "Enter") onOpen(rows[index]!);
    if (step === 0) return;
    event.preventDefault();
    const next = Math.max(0, Math.min(rows.length - 1, index + step));
    virtual.scrollToIndex(next);
    if (open !== "") props.onStep(rows[next]!);
    requestAnimationFrame(() => frame.current?.querySelector<HTMLElement>(`[data-index="${next}"]`)?.focus());
  };
  const template = `172px ${columns.map((field) => widthOf(source, field)).join(" ")} minmax(320px, 1fr)`;
  const minWidth = 172 + columns.length * 140 + 400;
  return (
    <div className={css.list} ref={frame} role="table" aria-label={source.title} aria-rowcount={rows.length}>
      <Head {...props} style={{ gridTemplateColumns: template, minWidth }} />
      <div style={{ position: "relative", height: virtual.getTotalSize() }}>
        {items.map((item) => {
          const row = rows[item.index]!;
          const key = source.rowKey(row);
          const status = source.rowStatus(row);
          return (
            <div
              key={key}
              role="row"
              tabIndex={0}
              data-index={item.index}
              aria-selected={key === open}
              className={css.line}
              style={{
                gridTemplateColumns: template,
                minWidth,
                transform: `translateY(${item.start}px)`,
                height: item.size,
              }}
              onClick={() => onOpen(row)}
              onKeyDown={(event) => press(event, item.index)}
            >
              <div role="cell" className={`num ${css.time}`}>
                <i title={status} style={{ background: `var(${STATUS_COLORS[status] ?? "--info"})` }} />
                <span className="visually-hidden">{status}</span>
                {formatInstant(source.rowTime(row))}
              </div>
              {columns.map((field) => (
                <div key={field} role="cell" className="truncate">
                  {source.columns.find((one) => one.field === field)?.cell?.(row) ??
                    textOf(source.valueOf(row, field))}
                </div>
              ))}
              <div role="cell" className={css.message} style={{ WebkitLineClamp: most }}>
                {clipped(withoutColors(source.rowText(row)), most)}
              </div>
            </div>
          );
        })}
      </div>
    </div>
  );
}

function Head<Row>({
  source,
  columns,
  newestFirst,
  onColumns,
  onSort,
  style,
}: RowListProps<Row> & { style: CSSProperties }) {
  const move = (field: string, by: number) => {
    const next = columns.filter((one) => one !== field);
    next.splice(Math.max(0, columns.indexOf(field) + by), 0, field);
    onColumns(next);
  };
  return (
    <div className={css.listHead} role="row" style={style}>
      <div role="columnheader" aria-sort={newestFirst ? "descending" : "ascending"}>
        <button type="button" onClick={() => onSort(!newestFirst)}>
          Date <Icon name={newestFirst ? "down" : "up"} size={12} />
        </button>
      </div>
      {columns.map((field, place) => (
        <div key={field} role="columnheader">
          <span className="truncate" title={field}>
            {source.columns.find((one) => one.field === field)?.title ?? titleOf(field)}
          </span>
          <Menu trigger={<IconButton icon="more" label={`Options of column ${field}`} small />}>
            <MenuItem disabled={place === 0} onSelect={() => move(field, -1)}>
              Move left
            </MenuItem>
            <MenuItem disabled={place === columns.length - 1} onSelect={() => move(field, 1)}>
              Move right
            </MenuItem>
            <MenuItem onSelect={() => onColumns(columns.filter((one) => one !== field))}>
              Remove column
            </MenuItem>
          </Menu>
        </div>
      ))}
      <div role="columnheader">{source.textTitle ?? "Content"}</div>
    </div>
  );
}

function widthOf<Row>(source: ExplorerSource<Row>, field: string): string {
  return source.columns.find((one) => one.field === field)?.width ?? "140px";
}

/** Lines of a text, up to `most`. */
export function linesOf(text: string, most: number): number {
  let lines = 1;
  for (let at = text.indexOf("\n"); at >= 0 && lines < most; at = text.indexOf("\n", at + 1)) lines += 1;
  return Math.min(lines, most);
}

/** No more text than a row can show: a line may be a megabyte long. */
const clipped = (text: string, lines: number) => {
  const all = text.split("\n", lines + 1);
  const shown = all
    .slice(0, lines)
    .map((line) => line.slice(0, 600))
    .join("\n");
  return all.length > lines ? `${shown} …` : shown;
};
