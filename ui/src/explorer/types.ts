/** What a kind of telemetry brings to the explorer: how its rows are read, and how they are drawn. */
import type { ReactNode } from "react";
import type { TimeRange } from "~/core/time";

export interface RowPage<Row> {
  rows: Row[];
  /** Cursor of the next page. */
  after?: string;
}

export interface PageRequest {
  query: string;
  range: TimeRange;
  newestFirst: boolean;
  /** One of the source's `sorts`, instead of the order by time. */
  sort?: string;
  cursor?: string;
  /** Rows of a page; the source's own default without it. */
  limit?: number;
  signal?: AbortSignal;
}

export interface FieldColumn<Row> {
  /** The field of the search language, which is also the column's key in the address. */
  field: string;
  title: string;
  /** CSS grid track. */
  width?: string;
  cell?: (row: Row) => ReactNode;
}

/** Changes of the search that drawings of a row offer. */
export interface RowActions {
  /** Show only rows with this value, or none of them. */
  filter: (field: string, value: string, excluded?: boolean) => void;
  addText: (text: string) => void;
  /** Show the field as a column, or no longer. */
  toggleColumn: (field: string) => void;
  addFacet: (field: string) => void;
  /** Show where the field of the opened row comes from. */
  explain?: (field: string) => void;
  columns: readonly string[];
}

/**
 * One kind of telemetry. The explorer itself knows only this and the endpoints `/api/ui/explorer/<name>/...`, which
 * the server has for every source of `heeler.explorer.sources`.
 */
export interface ExplorerSource<Row> {
  /** As the server calls it: `logs`, `spans`, `events`. */
  name: string;
  /** The historical view that is read in place of what is stored; nothing else reads it, such as a monitor. */
  index?: string;
  title: string;
  /** One row and several, in sentences. */
  noun: readonly [string, string];
  placeholder: string;
  statusField: string;
  /** Fields that the timeline may be stacked by, the first at first. */
  timelineFields: readonly string[];
  /** Columns that the source knows how to draw; any other field is drawn as text. */
  columns: readonly FieldColumn<Row>[];
  defaultColumns: readonly string[];
  /** Facets that are numbers: shown with their range. */
  measures: readonly string[];
  fetchPage: (request: PageRequest) => Promise<RowPage<Row>>;
  /** One row by its key, for an address that names it. */
  fetchRow: (key: string, signal?: AbortSignal) => Promise<Row>;
  rowKey: (row: Row) => string;
  /** UNIX milliseconds. */
  rowTime: (row: Row) => number;
  rowStatus: (row: Row) => string;
  /** The main text of a row, which may have several lines. */
  rowText: (row: Row) => string;
  /** Title of its column; Content without it. */
  textTitle?: string;
  /** The value of any field, for columns; undefined where the row has none. */
  valueOf: (row: Row, field: string) => unknown;
  /** Title and content of the panel of an opened row. */
  panelTitle: (row: Row) => ReactNode;
  Panel: (props: { row: Row; actions: RowActions }) => ReactNode;
  /** What to do where nothing was ever received. */
  empty: ReactNode;
  /** Path of a stream of new rows as server-sent events, if there is one. */
  tailPath?: string;
  readTail?: (text: string) => Row;
  patterns?: boolean;
  /** Orders other than by time that the server has over the whole range. */
  sorts?: readonly { value: string; label: string }[];
  /** Name for what a person keeps of the page, where it differs from `name`. */
  settings?: string;
  /** The field of monitors and widgets that read it: `logs`, `spans`, `events`. */
  dataSource: string;
}

/** Colors of statuses, with the most severe first, so that it stands at the bottom of a stack where it is seen. */
export const STATUS_COLORS: Readonly<Record<string, string>> = {
  emergency: "--alert",
  alert: "--alert",
  critical: "--alert",
  error: "--alert",
  warn: "--warn-fill",
  warning: "--warn-fill",
  notice: "--info",
  info: "--info",
  debug: "--nodata",
  ok: "--ok",
  success: "--ok",
};
export const STATUS_ORDER = Object.keys(STATUS_COLORS);
