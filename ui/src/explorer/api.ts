/** Endpoints of the explorers, the same for every source. */
import { keepPreviousData, useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { request } from "~/api/client";
import type { TimeRange } from "~/core/time";
import type { ExplorerSource } from "./types";

export interface ValueCount {
  value: string;
  count: number;
}
export interface Facet {
  field: string;
  values: ValueCount[];
}
export interface FieldName {
  field: string;
  kind: "reserved" | "tag" | "attribute";
  share: number;
}
export interface Measure {
  field: string;
  min: number | null;
  max: number | null;
  buckets: number[];
}
export interface Pattern {
  pattern: string;
  count: number;
  trend: number[];
  status: string;
  query: string;
  samples: string[];
  values: [string, number][][];
}
export interface Bucket {
  by: Record<string, string>;
  computes: Record<string, number | { time: string; value: number }[]>;
}
export interface SavedView {
  id: number;
  name: string;
  state: Record<string, string>;
  owner: string;
  own: boolean;
  shared: boolean;
  /** The id of the team whose members see it; null for those of one person, or of everyone. */
  team: string | null;
  is_default: boolean;
}

export const filterOf = (query: string, range: TimeRange) => ({
  query: query || "*",
  from: new Date(range.from).toISOString(),
  to: new Date(range.to).toISOString(),
});

/** What the endpoints read, in the functions below: the name of a source, with its historical view if it has one. */
export const readOf = ({ name, index }: { name: string; index?: string }) =>
  index ? `${name}?index=${encodeURIComponent(index)}` : name;

const path = (source: string, what: string) => {
  const [name, parameters] = source.split("?");
  return `/api/ui/explorer/${name}/${what}${parameters ? `?${parameters}` : ""}`;
};

const post = <T>(source: string, what: string, body: unknown, signal?: AbortSignal) =>
  request<T>("POST", path(source, what), { body, signal });

export function useRows<Row>(
  source: ExplorerSource<Row>,
  query: string,
  range: TimeRange,
  newestFirst: boolean,
  enabled: boolean,
  sort?: string,
) {
  return useInfiniteQuery({
    queryKey: ["explorer", readOf(source), "rows", query, range.from, range.to, newestFirst, sort],
    initialPageParam: "",
    placeholderData: keepPreviousData,
    retry: false,
    enabled,
    getNextPageParam: (last: { rows: Row[]; after?: string }) => last.after || undefined,
    queryFn: ({ pageParam, signal }) =>
      source.fetchPage({ query, range, newestFirst, sort, cursor: pageParam || undefined, signal }),
  });
}

export function useFacets(source: string, query: string, range: TimeRange, fields: readonly string[]) {
  return useQuery({
    queryKey: ["explorer", source, "facets", query, range.from, range.to, fields],
    placeholderData: keepPreviousData,
    retry: false,
    enabled: fields.length > 0,
    queryFn: ({ signal }) =>
      post<{ facets: Facet[] }>(
        source,
        "facets",
        { filter: filterOf(query, range), fields, limit: 12 },
        signal,
      ),
    select: (answer) => answer.facets,
  });
}

export function useMeasure(source: string, query: string, range: TimeRange, field: string, enabled: boolean) {
  return useQuery({
    queryKey: ["explorer", source, "measure", query, range.from, range.to, field],
    placeholderData: keepPreviousData,
    retry: false,
    enabled,
    queryFn: ({ signal }) =>
      post<Measure>(source, "measure", { filter: filterOf(query, range), field }, signal),
  });
}

/** Fields of the newest rows of the range, whatever the search. */
export function useFields(source: string, range: TimeRange) {
  return useQuery({
    queryKey: ["explorer", source, "fields", Math.floor(range.to / 60_000), range.to - range.from],
    placeholderData: keepPreviousData,
    staleTime: 60_000,
    retry: false,
    queryFn: ({ signal }) =>
      post<{ fields: FieldName[]; facets: string[] }>(
        source,
        "fields",
        { filter: filterOf("*", range) },
        signal,
      ),
  });
}

export function fetchValues(
  source: string,
  query: string,
  range: TimeRange,
  field: string,
  text: string,
  signal?: AbortSignal,
) {
  return post<{ values: ValueCount[] }>(
    source,
    "values",
    { filter: filterOf(query, range), field, text, limit: 20 },
    signal,
  );
}

export function usePatterns(source: string, query: string, range: TimeRange, enabled: boolean) {
  return useQuery({
    queryKey: ["explorer", source, "patterns", query, range.from, range.to],
    placeholderData: keepPreviousData,
    retry: false,
    enabled,
    queryFn: ({ signal }) =>
      post<{ patterns: Pattern[]; total: number; sampled: number }>(
        source,
        "patterns",
        { filter: filterOf(query, range) },
        signal,
      ),
  });
}

export function useBuckets(source: string, body: object, enabled = true) {
  return useQuery({
    queryKey: ["explorer", source, "aggregate", body],
    placeholderData: keepPreviousData,
    retry: false,
    enabled,
    queryFn: ({ signal }) => post<{ buckets: Bucket[] }>(source, "aggregate", body, signal),
    select: (answer) => answer.buckets,
  });
}

export function useProblem(source: string, query: string) {
  return useQuery({
    queryKey: ["explorer", source, "check", query],
    staleTime: Number.POSITIVE_INFINITY,
    retry: false,
    enabled: query.trim() !== "",
    queryFn: ({ signal }) =>
      post<{ problem: { message: string; position: number } | null }>(source, "check", { query }, signal),
    select: (answer) => answer.problem,
  });
}

export const viewsKey = (source: string) => ["explorer", source, "views"];

export function useViews(source: string) {
  return useQuery({
    queryKey: viewsKey(source),
    queryFn: ({ signal }) => request<{ views: SavedView[] }>("GET", path(source, "views"), { signal }),
    select: (answer) => answer.views,
  });
}

export function saveView(source: string, view: Partial<SavedView>) {
  return view.id === undefined
    ? post<SavedView>(source, "views", view)
    : request<SavedView>("PUT", path(source, `views/${view.id}`), { body: view });
}

export const deleteView = (source: string, id: number) =>
  request<void>("DELETE", path(source, `views/${id}`));
