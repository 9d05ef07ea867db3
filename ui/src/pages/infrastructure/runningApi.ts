/** Processes and containers that run at a moment, as the server lists and groups them. */

import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { request } from "~/api/client";
import type { TimeRange } from "~/core/time";
import type { Order } from "./runningSearch";

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
  /** UNIX seconds. */
  started: number;
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

export const MOST_ROWS = 500;

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
