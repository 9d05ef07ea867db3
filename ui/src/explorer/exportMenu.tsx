/** Export of what an explorer shows: monitor, dashboard, notebook, metric, CSV, link. */
import { useState } from "react";
import { useLocation } from "wouter";
import { useTimeRange } from "~/shell/timeRange";
import { Button, Menu, MenuItem, MenuSeparator, toast, useMay } from "~/ui";
import type { ExplorerState } from "./address";
import { ExportDialog, type Target } from "./exportDialog";
import { metricParams, monitorParams, titleOf, widgetOf } from "./exports";
import { download, formatWhole, textOf, toCsv } from "./format";
import type { ExplorerSource } from "./types";

interface ExportMenuProps<Row> {
  source: ExplorerSource<Row>;
  state: ExplorerState;
}

/** Rows of one export to CSV, and of each page of it. */
const MAX_ROWS = 100_000;
const PAGE = 1000;

export function ExportMenu<Row>({ source, state }: ExportMenuProps<Row>) {
  const [, navigate] = useLocation();
  const { range } = useTimeRange();
  const [target, setTarget] = useState<Target>();
  const [exporting, setExporting] = useState(false);
  const [monitors, dashboards, notebooks, metrics] = [
    useMay("monitors_write"),
    useMay("dashboards_write"),
    useMay("notebooks_write"),
    useMay("logs_generate_metrics"),
  ];
  const title = titleOf(source.noun[1], state);
  const csv = async () => {
    setExporting(true);
    try {
      const rows: Row[] = [];
      let cursor: string | undefined;
      do {
        const page = await source.fetchPage({
          query: state.query,
          range,
          newestFirst: state.newestFirst,
          cursor,
          limit: PAGE,
        });
        rows.push(...page.rows);
        cursor = page.after;
      } while (cursor && rows.length < MAX_ROWS);
      const lines = rows.map((row) => [
        new Date(source.rowTime(row)).toISOString(),
        source.rowStatus(row),
        ...state.columns.map((field) => textOf(source.valueOf(row, field))),
        source.rowText(row),
      ]);
      download(`${source.name}.csv`, toCsv(["date", "status", ...state.columns, "content"], lines));
      const cut = cursor ? `, the first of the search: at most ${formatWhole(MAX_ROWS)} are exported` : "";
      toast(`${formatWhole(rows.length)} ${source.noun[1]} exported${cut}`);
    } catch (error) {
      toast(`Could not export. ${(error as Error).message}`, "alert");
    } finally {
      setExporting(false);
    }
  };
  return (
    <>
      <Menu align="end" trigger={<Button icon="share">Export</Button>}>
        {source.index === undefined && (
          <>
            <MenuItem
              icon="bell"
              disabled={!monitors}
              onSelect={() =>
                navigate(`/monitors/create?${new URLSearchParams(monitorParams(source.name, state, title))}`)
              }
            >
              Create monitor
            </MenuItem>
            <MenuItem icon="dashboard" disabled={!dashboards} onSelect={() => setTarget("dashboard")}>
              Export to dashboard
            </MenuItem>
            <MenuItem icon="notebook" disabled={!notebooks} onSelect={() => setTarget("notebook")}>
              Export to notebook
            </MenuItem>
            {source.name === "logs" && (
              <MenuItem
                icon="metrics"
                disabled={!metrics}
                onSelect={() =>
                  navigate(`/logs/generate-metrics?${new URLSearchParams(metricParams(state))}`)
                }
              >
                Generate metric
              </MenuItem>
            )}
            <MenuSeparator />
          </>
        )}
        <MenuItem icon="download" disabled={exporting} onSelect={() => void csv()}>
          {exporting ? "Exporting" : `Download ${source.noun[1]} as CSV`}
        </MenuItem>
        <MenuItem icon="copy" onSelect={() => void navigator.clipboard.writeText(window.location.href)}>
          Copy link
        </MenuItem>
      </Menu>
      {target && (
        <ExportDialog
          target={target}
          title={title}
          widget={(name) => widgetOf(source.name, source.dataSource, state, name)}
          onClose={() => setTarget(undefined)}
        />
      )}
    </>
  );
}
