/** Processes and containers that run at a moment, as the server lists and groups them. */

import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { request } from "~/api/client";
import type { TimeRange } from "~/core/time";

export type What = "processes" | "containers";

interface Shared {
  host: string;
  /** UNIX seconds of the newest report. */
  seen: number;
  name: string;
  state: string;
  tags: string[];
  /** Percent of one core, as the other two. */
  cpu: number;
  cpu_user: number;
  cpu_system: number;
  cores: number;
  rss: number;
  host_memory: number;
  threads: number;
  /** Bytes a second. */
  read_rate: number;
  write_rate: number;
  /** RFC 3339. */
  start: string;
}

export interface Process extends Shared {
  pid: number;
  ppid: number;
  created: number;
  command: string;
  user: string;
  container: string;
  vms: number;
  nice: number;
  open_files: number;
}

export interface Container extends Shared {
  id: string;
  type: string;
  image: string;
  image_digest: string;
  health: string;
  cpu_limit: number;
  cache: number;
  memory: number;
  memory_limit: number;
  received_rate: number;
  sent_rate: number;
  thread_limit: number;
}

export interface RunningGroup {
  values: string[];
  count: number;
  cpu: number;
  rss: number;
}

interface Running<Row> {
  total: number;
  rows: Row[];
  groups: RunningGroup[];
  /** Keys of tags that one can group by. */
  keys: string[];
  at: number;
}

export interface Order {
  key: string;
  descending: boolean;
}

export const MOST_ROWS = 500;

/** The order in an address, such as `cpu,DESC`. */
export function readOrder(text: string): Order {
  const [key = "", direction = ""] = text.split(",");
  return { key: key || "cpu", descending: direction.toUpperCase() !== "ASC" };
}

export function writeOrder({ key, descending }: Order): string {
  return `${key},${descending ? "DESC" : "ASC"}`;
}

/** A search with one more condition, unless it has it already. */
export function withCondition(search: string, condition: string): string {
  const words = search.split(/\s+/).filter(Boolean);
  return words.includes(condition) ? search : [...words, condition].join(" ");
}

/** `key:value`, in quotes where the value has blanks. */
export function condition(key: string, value: string): string {
  return `${key}:${/[\s()"]/.test(value) ? JSON.stringify(value) : value}`;
}

export function useRunning<Row>(what: What, search: string, order: Order, by: string, range: TimeRange) {
  const at = range.live ? undefined : Math.floor(range.to / 1000);
  return useQuery({
    queryKey: ["running", what, search, order.key, order.descending, by, at],
    queryFn: ({ signal }) =>
      request<Running<Row>>("GET", `/api/ui/${what}`, {
        query: {
          search,
          at,
          sort: order.key,
          order: order.descending ? "desc" : "asc",
          by,
          limit: MOST_ROWS,
        },
        signal,
      }),
    refetchInterval: range.live ? 10_000 : false,
    placeholderData: keepPreviousData,
    retry: false,
  });
}
