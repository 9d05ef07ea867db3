/** Endpoints of log archives. */
import { useQuery } from "@tanstack/react-query";
import { request } from "~/api/client";

export interface ArchiveAttributes {
  name: string;
  query: string;
  destination: {
    type: "s3";
    bucket: string;
    path?: string;
    integration: Record<string, string>;
    storage_class?: string;
    encryption?: { type: "NO_OVERRIDE" | "SSE_S3" | "SSE_KMS"; key?: string };
  };
  include_tags: boolean;
  compression_method: "GZIP" | "ZSTD";
  rehydration_tags: string[];
  rehydration_max_scan_size_in_gb?: number;
}

export interface Archive {
  id: string;
  attributes: ArchiveAttributes & { state: "UNKNOWN" | "WORKING" | "FAILING" };
  /** When the last file was written (ISO 8601). */
  written: string | null;
  error: string;
}

export interface ArchiveList {
  archives: Archive[];
  /** Whether the server has credentials of a store. */
  configured: boolean;
}

const CONFIG = "/api/v2/logs/config";
const REFRESH = 10_000;

export const useArchives = () =>
  useQuery({
    queryKey: ["log-config", "archives"],
    refetchInterval: REFRESH,
    queryFn: ({ signal }) => request<ArchiveList>("GET", "/api/ui/logs/archives", { signal }),
  });

export const saveArchive = ({ id, attributes }: { id?: string; attributes: ArchiveAttributes }) => {
  const body = { data: { type: "archives", attributes } };
  return id
    ? request("PUT", `${CONFIG}/archives/${id}`, { body })
    : request("POST", `${CONFIG}/archives`, { body });
};
export const deleteArchive = (id: string) => request("DELETE", `${CONFIG}/archives/${id}`);
export const orderArchives = (archive_ids: string[]) =>
  request("PUT", `${CONFIG}/archive-order`, {
    body: { data: { type: "archive_order", attributes: { archive_ids } } },
  });
