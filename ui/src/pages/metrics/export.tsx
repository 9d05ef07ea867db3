/** Takes the graph of the metrics explorer to a dashboard, a notebook or a monitor. */
import { useState } from "react";
import { useLocation } from "wouter";
import { ExportDialog, type Target } from "~/explorer/exportDialog";
import { Button, Menu, MenuItem, useMay } from "~/ui";
import { metricTexts, monitorQuery } from "~/widgets/links";
import type { WidgetDefinition } from "~/widgets/types";

export function MetricExport({ definition }: { definition: WidgetDefinition }) {
  const [target, setTarget] = useState<Target>();
  const [, navigate] = useLocation();
  const [monitors, dashboards, notebooks] = [
    useMay("monitors_write"),
    useMay("dashboards_write"),
    useMay("notebooks_write"),
  ];
  const texts = metricTexts(definition);
  const none = texts.length === 0;
  const monitor = () =>
    navigate(`/monitors/create?${new URLSearchParams({ query: monitorQuery(texts[0]!, "") })}`);
  return (
    <>
      <Menu align="end" trigger={<Button icon="share">Export</Button>}>
        <MenuItem icon="bell" disabled={none || !monitors} onSelect={monitor}>
          Create monitor
        </MenuItem>
        <MenuItem icon="dashboard" disabled={none || !dashboards} onSelect={() => setTarget("dashboard")}>
          Export to dashboard
        </MenuItem>
        <MenuItem icon="notebook" disabled={none || !notebooks} onSelect={() => setTarget("notebook")}>
          Export to notebook
        </MenuItem>
      </Menu>
      {target && (
        <ExportDialog
          target={target}
          title={texts.join(", ").slice(0, 120)}
          widget={(title) => ({ ...definition, title })}
          onClose={() => setTarget(undefined)}
        />
      )}
    </>
  );
}
