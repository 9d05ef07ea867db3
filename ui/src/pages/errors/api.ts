/** Issues of error tracking. Times are UNIX seconds. */

import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { request } from "~/api/client";
import type { TimeRange } from "~/core/time";

/** As the API names them; the words of the page are in `STATES`. */
export type IssueState = "OPEN" | "ACKNOWLEDGED" | "RESOLVED" | "IGNORED" | "EXCLUDED";

export const STATES: Record<IssueState, string> = {
  OPEN: "For review",
  ACKNOWLEDGED: "Reviewed",
  RESOLVED: "Resolved",
  IGNORED: "Ignored",
  EXCLUDED: "Excluded",
};

export interface Issue {
  id: string;
  service: string;
  type: string;
  message: string;
  file: string;
  function: string;
  languages: string[];
  sources: string[];
  first_seen: number;
  last_seen: number;
  first_version: string;
  last_version: string;
  total: number;
  state: IssueState;
  regressed_at: number | null;
  assignee: { id: string; name: string } | null;
  count: number;
  users: number;
  trend: number[];
  versions: string[];
}

export interface ErrorSample {
  time: number;
  source: string;
  env: string;
  version: string;
  host: string;
  type: string;
  message: string;
  stack: string;
  resource: string;
  user: string;
  trace_id: string;
  span_id: string;
}

export interface IssueDetails {
  issue: Issue;
  versions: { version: string; count: number; first_seen: number; last_seen: number }[];
  samples: ErrorSample[];
  activity: { time: number; user: string; change: string }[];
}

const window = (range: TimeRange) => ({
  start: new Date(range.from).toISOString(),
  end: new Date(range.to).toISOString(),
});

export function useIssues(query: string, states: string, order: string, range: TimeRange) {
  return useQuery({
    queryKey: ["issues", query, states, order, range.from, range.to],
    placeholderData: keepPreviousData,
    retry: false,
    queryFn: async ({ signal }) =>
      (
        await request<{ issues: Issue[] }>("GET", "/api/ui/error-tracking/issues", {
          query: { query, states, order, ...window(range) },
          signal,
        })
      ).issues,
  });
}

export function useIssue(id: string, range: TimeRange) {
  return useQuery({
    queryKey: ["issue", id, range.from, range.to],
    placeholderData: (last: IssueDetails | undefined, of) => (of?.queryKey[1] === id ? last : undefined),
    retry: false,
    queryFn: ({ signal }) =>
      request<IssueDetails>("GET", `/api/ui/error-tracking/issues/${encodeURIComponent(id)}`, {
        query: window(range),
        signal,
      }),
  });
}

function useChange<Value>(send: (value: Value) => Promise<unknown>) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: send,
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: ["issues"] });
      await client.invalidateQueries({ queryKey: ["issue"] });
    },
  });
}

export function useIssueState(id: string) {
  return useChange((state: IssueState) =>
    request("PUT", `/api/v2/error-tracking/issues/${id}/state`, {
      body: { data: { id, type: "error_tracking_issue", attributes: { state } } },
    }),
  );
}

/** Assigns to a user, or with "" to nobody. */
export function useIssueAssignee(id: string) {
  const path = `/api/v2/error-tracking/issues/${id}/assignee`;
  return useChange((user: string) =>
    user ? request("PUT", path, { body: { data: { id: user, type: "assignee" } } }) : request("DELETE", path),
  );
}
