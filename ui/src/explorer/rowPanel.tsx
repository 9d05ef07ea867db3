/** The panel of the opened row of an explorer. */
import { useQuery } from "@tanstack/react-query";
import { useEffect } from "react";
import { Drawer, Failure, IconButton, Loading } from "~/ui";
import type { ExplorerState } from "./address";
import { readOf } from "./api";
import panels from "./panels.module.css";
import type { ExplorerSource, RowActions } from "./types";

interface RowPanelProps<Row> {
  source: ExplorerSource<Row>;
  state: ExplorerState;
  rows: readonly Row[];
  actions: RowActions;
  onChange: (change: Partial<ExplorerState>, push?: boolean) => void;
}

/** The opened row; arrows and the keys J and K go to the next and the previous. */
export function RowPanel<Row>({ source, state, rows, actions, onChange }: RowPanelProps<Row>) {
  const at = rows.findIndex((row) => source.rowKey(row) === state.open);
  const listed = at >= 0 ? rows[at] : undefined;
  const fetched = useQuery({
    queryKey: ["explorer", readOf(source), "row", state.open],
    enabled: listed === undefined,
    retry: false,
    queryFn: ({ signal }) => source.fetchRow(state.open, signal),
  });
  const go = (step: number) => {
    const next = rows[at + step];
    if (at >= 0 && next !== undefined) onChange({ open: source.rowKey(next) }, false);
  };
  const step = (event: KeyboardEvent) => {
    const target = event.target as HTMLElement;
    if (target.closest("input, textarea, [role=menu], [role=listbox], [role=row]")) return;
    const by =
      event.key === "ArrowDown" || event.key === "j"
        ? 1
        : event.key === "ArrowUp" || event.key === "k"
          ? -1
          : 0;
    if (by === 0 || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    go(by);
  };
  useEffect(() => {
    // Before the panel itself, which stops the keys that it knows.
    window.addEventListener("keydown", step, true);
    return () => window.removeEventListener("keydown", step, true);
  });
  const row = listed ?? fetched.data;
  return (
    <Drawer
      title={row ? source.panelTitle(row) : source.noun[0]}
      open
      onClose={() => onChange({ open: "" })}
      width={760}
    >
      <div className={panels.steps}>
        <IconButton icon="up" label="Previous" disabled={at <= 0} onClick={() => go(-1)} />
        <IconButton
          icon="down"
          label="Next"
          disabled={at < 0 || at >= rows.length - 1}
          onClick={() => go(1)}
        />
      </div>
      {row ? (
        <source.Panel row={row} actions={actions} />
      ) : fetched.error ? (
        <Failure error={fetched.error} onRetry={() => fetched.refetch()} />
      ) : (
        <Loading />
      )}
    </Drawer>
  );
}
