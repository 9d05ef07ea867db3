/** Events of the server. */
import { keepPreviousData, useInfiniteQuery, useQuery } from "@tanstack/react-query";
import type { Event } from "~/core/event";
import type { TimeRange } from "~/core/time";
import { request } from "./client";

interface Answer {
  data: Event[];
  meta?: { page?: { after?: string } };
}

export function useEvents(text: string, range: TimeRange) {
  return useInfiniteQuery({
    queryKey: ["events", text, range.from, range.to],
    initialPageParam: "",
    placeholderData: keepPreviousData,
    retry: false,
    getNextPageParam: (last: Answer) => last.meta?.page?.after,
    queryFn: ({ pageParam, signal }) =>
      request<Answer>("POST", "/api/v2/events/search", {
        body: {
          filter: {
            query: text,
            from: new Date(range.from).toISOString(),
            to: new Date(range.to).toISOString(),
          },
          sort: "-timestamp",
          page: { limit: 200, ...(pageParam && { cursor: pageParam }) },
        },
        signal,
      }),
  });
}

export function useEvent(id: string) {
  return useQuery({
    queryKey: ["event", id],
    enabled: id !== "",
    retry: false,
    queryFn: ({ signal }) =>
      request<{ data: Event }>("GET", `/api/v2/events/${encodeURIComponent(id)}`, { signal }),
    select: (answer) => answer.data,
  });
}
