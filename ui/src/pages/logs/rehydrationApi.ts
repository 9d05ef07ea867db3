/** Endpoints of historical views: logs that are read back from archives. */
import { useQuery } from "@tanstack/react-query";
import { request } from "~/api/client";
import type { TimeRange } from "~/core/time";

export interface RehydrationProgress {
  files: number;
  total_files: number;
  bytes: number;
  total_bytes: number;
  logs: number;
  found: number;
  duplicates: number;
  damaged_files: number;
  damaged_lines: number;
  limited: boolean;
}

export interface HistoricalView {
  name: string;
  archive: { id: string; name: string | null };
  query: string;
  /** ISO 8601, as all times. */
  from: string;
  to: string;
  limit: number;
  retention_days: number;
  state: "pending" | "running" | "active" | "canceled" | "failed";
  error: string;
  progress: RehydrationProgress;
  owner: string;
  created: string;
  ended: string | null;
  expires: string | null;
}

export interface ReadableArchive {
  id: string;
  name: string;
  include_tags: boolean;
  max_scan_gb: number | null;
}

export interface ViewList {
  views: HistoricalView[];
  archives: ReadableArchive[];
  /** Whether the server has credentials of a store. */
  configured: boolean;
}

export interface ScanSize {
  files: number;
  bytes: number;
  max_scan_gb: number | null;
}

export interface NewView {
  name: string;
  archive: string;
  query: string;
  from: number;
  to: number;
  late_hours: number;
  limit: number;
  retention_days: number;
}

const PATH = "/api/ui/logs/historical-views";
const BUSY_REFRESH = 2_000;
const REFRESH = 15_000;

const isBusy = (view: HistoricalView) => view.state === "pending" || view.state === "running";

export const useHistoricalViews = () =>
  useQuery<ViewList>({
    queryKey: ["log-config", "historical-views"],
    refetchInterval: (query) => (query.state.data?.views.some(isBusy) ? BUSY_REFRESH : REFRESH),
    queryFn: ({ signal }) => request<ViewList>("GET", PATH, { signal }),
  });

/** The size of a scan, once there is an archive. */
export const useScanSize = (archive: string, range: TimeRange, lateHours: number | null) =>
  useQuery({
    queryKey: ["rehydration-scan", archive, range.from, range.to, lateHours],
    enabled: archive !== "" && range.to > range.from && lateHours !== null,
    retry: false,
    staleTime: 60_000,
    queryFn: ({ signal }) =>
      request<ScanSize>("POST", `${PATH}/estimate`, {
        body: { archive, from: range.from, to: range.to, late_hours: lateHours },
        signal,
      }),
  });

export const createView = (view: NewView) => request<HistoricalView>("POST", PATH, { body: view });
export const cancelView = (name: string) => request("POST", `${PATH}/${name}/cancel`);
export const resumeView = (name: string) => request("POST", `${PATH}/${name}/resume`);
export const deleteHistoricalView = (name: string) => request("DELETE", `${PATH}/${name}`);
