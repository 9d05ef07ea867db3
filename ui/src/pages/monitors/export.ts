/** Monitors as a file: JSON as the API takes it, or Terraform. */
import { request } from "~/api/client";
import { toast } from "~/ui";

export interface Exported {
  ids?: number[];
  monitor?: unknown;
}

export async function exportMonitors(what: Exported, format: "json" | "terraform"): Promise<void> {
  try {
    const body = { ...what, format };
    const { text, filename } = await request<{ text: string; filename: string }>(
      "POST",
      "/api/ui/monitors/export",
      { body },
    );
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([text], { type: "text/plain" }));
    link.download = filename;
    link.click();
    URL.revokeObjectURL(link.href);
  } catch (error) {
    toast((error as Error).message, "alert");
  }
}
