/** One dashboard: look at it, change it, share it. */

import { useEffect, useMemo, useState } from "react";
import { useLocation, useParams } from "wouter";
import { useSaveNotebook } from "~/pages/notebooks/api";
import { frozen, newNotebook } from "~/pages/notebooks/cells";
import { RestrictionDialog } from "~/pages/permissions/restriction";
import { useShortcuts } from "~/shell/keys";
import { Page } from "~/shell/page";
import { setPageTheme, toggleTv } from "~/shell/preferences";
import { TimePicker } from "~/shell/timePicker";
import { useTimeRange } from "~/shell/timeRange";
import { useUrlState } from "~/shell/url";
import {
  Async,
  ask,
  Button,
  Dialog,
  Empty,
  IconButton,
  Menu,
  MenuItem,
  MenuSeparator,
  Select,
  toast,
} from "~/ui";
import { useWidgetScope, WidgetScopeProvider } from "~/widgets/context";
import { DENSE_PX, Grid } from "~/widgets/Grid";
import { GraphMenu } from "~/widgets/graphMenu";
import { currentTab, hasTwoSides, widgetsOfTab } from "~/widgets/layout";
import { usePowerpacks } from "~/widgets/powerpacks";
import { windowOf } from "~/widgets/request";
import type { Dashboard, Widget } from "~/widgets/types";
import { substituteAll } from "~/widgets/variables";
import { WidgetPanel } from "~/widgets/WidgetPanel";
import { AnnotationsDialog, useAnnotations } from "./annotations";
import { countView, useDashboard, useDeleteDashboard, useSaveDashboard } from "./api";
import css from "./dashboard.module.css";
import { useDensity } from "./density";
import { EARLIER, type Earlier, isComparable, withEarlier } from "./earlier";
import { Editor } from "./editor";
import { JsonDialog } from "./jsonDialog";
import { ReportsDialog } from "./reportsDialog";
import { ShareDialog } from "./shareDialog";
import { useChosen, VariableBar } from "./variableBar";
import { VersionsDialog } from "./versionsDialog";

export default function DashboardPage() {
  const { id = "" } = useParams<{ id: string }>();
  const query = useDashboard(id);
  if (!query.data) {
    return (
      <Page title="Dashboard" crumbs={CRUMBS}>
        <Async query={query}>{() => null}</Async>
      </Page>
    );
  }
  return <Board key={query.data.id} board={query.data} />;
}

const CRUMBS = [{ label: "Dashboards", href: "/dashboard/lists" }];

function Board({ board }: { board: Dashboard }) {
  const time = useTimeRange();
  const [editing, setEditing] = useUrlState("edit");
  useThemeOfAddress();
  useEffect(() => countView(board.id), [board.id]);
  const [json, setJson] = useState(false);
  const [versions, setVersions] = useState(false);
  const [sharing, setSharing] = useState(false);
  const [reports, setReports] = useState(false);
  const [annotating, setAnnotating] = useState(false);
  const variables = useMemo(() => board.template_variables ?? [], [board]);
  const [chosen, choose] = useChosen(variables);
  const [dense, setDense] = useDensity();
  const twoColumns = board.layout_type === "ordered" && hasTwoSides(board.widgets);
  const shown = useMemo(
    () => ({ from: time.range.from, to: time.range.to }),
    [time.range.from, time.range.to],
  );
  const annotations = useAnnotations(`dashboard:${board.id}`, shown, board.widgets);
  const scope = useMemo(
    () => ({
      ...annotations,
      variables,
      chosen,
      window: shown,
      refresh: time.range.live ? time.interval : null,
      onZoom: (window: { from: number; to: number }) => time.set({ ...window, live: false }),
    }),
    [variables, chosen, time, shown, annotations],
  );
  useShortcuts([
    { keys: "E", does: "Edit the dashboard", run: () => setEditing("1") },
    { keys: "F", does: "TV mode", run: toggleTv },
  ]);
  if (editing) {
    return (
      <WidgetScopeProvider value={scope}>
        <Editor board={board} crumbs={CRUMBS} onDone={() => setEditing("")} />
      </WidgetScopeProvider>
    );
  }
  const actions = (
    <>
      <Actions
        board={board}
        dense={twoColumns ? (dense ?? window.innerWidth >= DENSE_PX) : null}
        onDense={setDense}
        onJson={() => setJson(true)}
        onVersions={() => setVersions(true)}
        onShare={() => setSharing(true)}
        onReports={() => setReports(true)}
        onAnnotations={() => setAnnotating(true)}
      />
      <Button kind="primary" icon="edit" needs="dashboards_write" onClick={() => setEditing("1")}>
        Edit
      </Button>
    </>
  );
  return (
    <WidgetScopeProvider value={scope}>
      <Page title={board.title} crumbs={CRUMBS} time actions={actions}>
        <VariableBar variables={variables} chosen={chosen} onChoose={choose} />
        {board.widgets.length === 0 ? (
          <Empty
            title="This dashboard is empty"
            actions={
              <Button needs="dashboards_write" onClick={() => setEditing("1")}>
                Add a widget
              </Button>
            }
          />
        ) : (
          <Widgets board={board} dense={dense} />
        )}
        {reports && <ReportsDialog board={board} chosen={chosen} onClose={() => setReports(false)} />}
        {annotating && (
          <AnnotationsDialog
            page={`dashboard:${board.id}`}
            window={shown}
            onClose={() => setAnnotating(false)}
          />
        )}
        {sharing && <ShareDialog board={board} onClose={() => setSharing(false)} />}
        {versions && <VersionsDialog board={board} onClose={() => setVersions(false)} />}
        {json && <JsonDialog board={board} onClose={() => setJson(false)} />}
      </Page>
    </WidgetScopeProvider>
  );
}

function Widgets({ board, dense }: { board: Dashboard; dense: boolean | null }) {
  const [fullId, setFull] = useUrlState("fullscreen_widget");
  const [tabId, setTab] = useUrlState("tab");
  const [tile] = useUrlState("tile_size");
  const [annotated, setAnnotated] = useState<string>();
  const { window } = useWidgetScope();
  const tab = currentTab(board, tabId);
  const own = useMemo(() => (tab ? widgetsOfTab(board, tab) : board.widgets), [board, tab]);
  const widgets = usePowerpacks(own);
  const full = useMemo(() => widgetOf(widgets, fullId), [widgets, fullId]);
  return (
    <>
      {tab && (
        <div role="tablist" aria-label="Tabs" className={css.tabs}>
          {board.tabs!.map((one) => (
            <button
              key={one.id}
              type="button"
              role="tab"
              aria-selected={one === tab}
              onClick={() => setTab(String(one.id))}
            >
              {one.name}
            </button>
          ))}
        </div>
      )}
      <Grid
        key={tab?.id}
        layoutType={board.layout_type}
        widgets={widgets}
        dense={dense}
        tile={TILES[tile]}
        actions={(widget) => (
          <WidgetMenu
            widget={widget}
            onFull={() => setFull(idOf(widget))}
            onAnnotate={() => setAnnotated(idOf(widget))}
          />
        )}
      />
      {annotated !== undefined && (
        <AnnotationsDialog
          page={`dashboard:${board.id}`}
          window={window}
          widgetId={annotated}
          onClose={() => setAnnotated(undefined)}
        />
      )}
      {full && <FullScreen key={fullId} widget={full} onClose={() => setFull("")} />}
    </>
  );
}

/** One widget as large as the window, with the time to choose, and beside that of an earlier time. */
function FullScreen({ widget, onClose }: { widget: Widget; onClose: () => void }) {
  const [earlier, setEarlier] = useState<Earlier>("");
  const shown = useMemo(
    () => ({ ...widget, definition: withEarlier(widget.definition, earlier) }),
    [widget, earlier],
  );
  return (
    <Dialog title={widget.definition.title || "Widget"} open onClose={onClose} width={1600}>
      <div style={{ display: "flex", flexWrap: "wrap", gap: "var(--s-4)", marginBottom: "var(--s-4)" }}>
        <TimePicker />
        {isComparable(widget.definition) && (
          <Select label="Compare to" value={earlier} options={EARLIER} onChange={setEarlier} />
        )}
      </div>
      <div style={{ height: "calc(96vh - 220px)" }}>
        <WidgetPanel
          definition={{ ...shown.definition, title: undefined }}
          actions={<WidgetMenu widget={shown} />}
        />
      </div>
    </Dialog>
  );
}

/** Columns of a widget that has no layout, by the name that links have for them. */
const TILES: Readonly<Record<string, number>> = { xs: 2, s: 3, m: 4, l: 6, xl: 12 };

/** Links of the service that people left name a theme: it holds while the page is shown. */
function useThemeOfAddress() {
  const [theme] = useUrlState("theme");
  useEffect(() => {
    if (theme !== "light" && theme !== "dark") return;
    setPageTheme(theme);
    return () => setPageTheme(null);
  }, [theme]);
}

const idOf = (widget: Widget) => String(widget.id ?? "");

function widgetOf(widgets: readonly Widget[], id: string): Widget | undefined {
  if (id === "") return undefined;
  for (const widget of widgets) {
    const found = idOf(widget) === id ? widget : widgetOf(widget.definition.widgets ?? [], id);
    if (found) return found;
  }
  return undefined;
}

const STILL = new Set(["group", "note", "free_text", "image", "iframe"]);

interface WidgetMenuProps {
  widget: Widget;
  onFull?: () => void;
  onAnnotate?: () => void;
}

function WidgetMenu({ widget, onFull, onAnnotate }: WidgetMenuProps) {
  const { variables, chosen, window: page } = useWidgetScope();
  const notebook = useSaveNotebook();
  const [, navigate] = useLocation();
  const { definition } = widget;
  const filled = useMemo(() => substituteAll(definition, variables, chosen), [definition, variables, chosen]);
  const copy = async () => {
    await navigator.clipboard.writeText(JSON.stringify(definition, null, 2));
    toast("Copied the widget's JSON");
  };
  const toNotebook = async () => {
    const time = windowOf(definition.time, page);
    const name = definition.title || "Graph";
    const fresh = frozen(newNotebook(name, "investigation", [filled]), time.from, time.to);
    try {
      const made = await notebook.mutateAsync({ attributes: fresh });
      navigate(`/notebook/${made.id}`);
    } catch (error) {
      toast((error as Error).message, "alert");
    }
  };
  if (STILL.has(definition.type)) return null;
  return (
    <GraphMenu
      definition={filled}
      window={windowOf(definition.time, page)}
      onFull={onFull}
      link={{ fullscreen_widget: idOf(widget) }}
    >
      <MenuItem icon="notebook" onSelect={() => void toNotebook()}>
        Save to notebook
      </MenuItem>
      {onAnnotate && definition.type === "timeseries" && (
        <MenuItem icon="edit" onSelect={onAnnotate}>
          Annotate…
        </MenuItem>
      )}
      <MenuItem icon="code" onSelect={() => void copy()}>
        Copy JSON
      </MenuItem>
    </GraphMenu>
  );
}

interface ActionsProps {
  board: Dashboard;
  /** Whether it is drawn in two columns; null where it has nothing to put beside each other. */
  dense: boolean | null;
  onDense: (dense: boolean) => void;
  onJson: () => void;
  onVersions: () => void;
  onShare: () => void;
  onReports: () => void;
  onAnnotations: () => void;
}

function Actions(props: ActionsProps) {
  const { board, dense, onDense, onJson, onVersions, onShare, onReports, onAnnotations } = props;
  const [, navigate] = useLocation();
  const [restricting, setRestricting] = useState(false);
  const remove = useDeleteDashboard();
  const save = useSaveDashboard();
  const clone = async () => {
    const { id: _, ...copy } = board;
    const made = await save.mutateAsync({ board: { ...copy, title: `${board.title} (copy)` } });
    navigate(`/dashboard/${made.id}`);
  };
  const share = async () => {
    await navigator.clipboard.writeText(window.location.href);
    toast("Copied the link to this view");
  };
  const destroy = async () => {
    const text = "Metrics are not affected.";
    if (!(await ask({ title: `Delete “${board.title}”?`, text, action: "Delete" }))) return;
    await remove.mutateAsync(board.id);
    toast(`Deleted “${board.title}”`);
    navigate("/dashboard/lists");
  };
  return (
    <>
      <Button icon="share" onClick={() => void share()}>
        Share
      </Button>
      <Menu align="end" trigger={<IconButton icon="more" label="Dashboard menu" />}>
        <MenuItem icon="code" onSelect={onJson}>
          View JSON
        </MenuItem>
        <MenuItem icon="key" onSelect={() => setRestricting(true)}>
          Permissions
        </MenuItem>
        <MenuItem icon="external" needs="dashboards_public_share" onSelect={onShare}>
          Public sharing
        </MenuItem>
        <MenuItem icon="mail" onSelect={onReports}>
          Scheduled reports
        </MenuItem>
        <MenuItem icon="edit" onSelect={onAnnotations}>
          Annotations
        </MenuItem>
        <MenuItem icon="clock" onSelect={onVersions}>
          Version history
        </MenuItem>
        {dense !== null && (
          <MenuItem icon="table" onSelect={() => onDense(!dense)}>
            {dense ? "Decrease density: one column" : "Increase density: two columns"}
          </MenuItem>
        )}
        <MenuItem icon="tv" shortcut="F" onSelect={toggleTv}>
          TV mode
        </MenuItem>
        <MenuItem icon="copy" needs="dashboards_write" onSelect={() => void clone()}>
          Clone
        </MenuItem>
        <MenuSeparator />
        <MenuItem icon="trash" danger needs="dashboards_write" onSelect={() => void destroy()}>
          Delete
        </MenuItem>
      </Menu>
      {restricting && (
        <RestrictionDialog
          kind="dashboard"
          id={board.id}
          name={board.title}
          onClose={() => setRestricting(false)}
        />
      )}
    </>
  );
}
