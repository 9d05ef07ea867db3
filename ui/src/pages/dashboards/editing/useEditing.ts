/** The state of an editor: steps with the way back, drafts in the browser, and saving without overwriting others. */
import { useEffect, useMemo, useState } from "react";
import { ApiFailure } from "~/api/client";
import { useLeaveGuard } from "~/shell/leaving";
import { toast } from "~/ui";
import type { Dashboard } from "~/widgets/types";
import { useSaveDashboard } from "../api";
import { type EditState, finished, startOf } from "../draft";
import { clearDraft, loadDraft, type StoredDraft, storeDraft } from "./drafts";
import { historyOf, redone, stepped, undone } from "./history";

export interface Editing {
  state: EditState;
  dirty: boolean;
  saving: boolean;
  /** Somebody else saved the dashboard meanwhile. */
  conflict: boolean;
  canUndo: boolean;
  canRedo: boolean;
  /** Unsaved work of earlier. */
  stored: StoredDraft<EditState> | null;
  change: (next: Partial<EditState>) => void;
  undo: () => void;
  redo: () => void;
  store: (overwrite?: boolean) => Promise<void>;
  restore: () => void;
  discard: () => void;
  forgetConflict: () => void;
}

const DRAFT_MS = 400;

export function useEditing(board: Dashboard, onDone: () => void): Editing {
  const start = useMemo(() => startOf(board), [board]);
  const [history, setHistory] = useState(() => historyOf<EditState>(start));
  const [stored, setStored] = useState(() => loadDraft<EditState>(board.id));
  const [conflict, setConflict] = useState(false);
  const save = useSaveDashboard();
  const state = history.present;
  const dirty = JSON.stringify(state) !== JSON.stringify(start);
  const change = (next: Partial<EditState>) => setHistory((old) => stepped(old, { ...old.present, ...next }));
  useLeaveGuard(dirty);
  useDraft(board, state, dirty);
  const discard = () => {
    clearDraft(board.id);
    setStored(null);
  };
  const store = async (overwrite = false) => {
    setConflict(false);
    try {
      const unless = overwrite ? undefined : board.modified_at;
      await save.mutateAsync({ board: finished(board, state), unless });
      clearDraft(board.id);
      toast("Saved");
      onDone();
    } catch (error) {
      if (error instanceof ApiFailure && error.status === 412) setConflict(true);
      else toast((error as Error).message, "alert");
    }
  };
  return {
    state,
    dirty,
    saving: save.isPending,
    conflict,
    canUndo: history.past.length > 0,
    canRedo: history.future.length > 0,
    stored,
    change,
    undo: () => setHistory(undone),
    redo: () => setHistory(redone),
    store,
    restore: () => {
      if (stored) change(stored.state);
      setStored(null);
    },
    discard,
    forgetConflict: () => setConflict(false),
  };
}

/** Stores unsaved work a moment after each change, and at once where the tab goes away. */
function useDraft(board: Dashboard, state: EditState, dirty: boolean) {
  useEffect(() => {
    if (!dirty) return;
    const draft = { base: board.modified_at ?? "", at: Date.now(), state };
    const write = () => storeDraft(board.id, draft);
    const timer = setTimeout(write, DRAFT_MS);
    window.addEventListener("pagehide", write);
    return () => {
      clearTimeout(timer);
      window.removeEventListener("pagehide", write);
    };
  }, [board, state, dirty]);
}
