/**
 * The editor of a metrics query: one line, colored, completing metrics, tags and functions. Enter runs it. Below
 * it stands what is wrong, or how the function that one is writing is called.
 */
import type { EditorView } from "@codemirror/view";
import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { fetchFunctions, fetchMetricNames, fetchMetricTags } from "~/api/metrics";
import type { Source } from "./codemirror";
import css from "./editor.module.css";
import { CallHelp, ProblemLine, useQueryProblem } from "./problem";

interface QueryEditorProps {
  text: string;
  label: string;
  /** Shown while nothing is written. */
  hint?: string;
  /** Called when the person asks for it (Enter) or leaves the editor. */
  onRun: (text: string) => void;
}

/** What is written now, and where the person is in it; null while they are elsewhere. */
interface Written {
  text: string;
  place: number | null;
}

const HINT = "avg:system.cpu.user{*} by {host}";

export function QueryEditor({ text, label, hint = HINT, onRun }: QueryEditorProps) {
  const frame = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView | null>(null);
  const [ready, setReady] = useState(false);
  const [written, setWritten] = useState<Written>({ text, place: null });
  const problem = useQueryProblem(written.text);
  const source = useSource();
  const latest = useRef({ text, onRun, source });
  latest.current = { text, onRun, source };
  const mark = useRef<(view: EditorView, position: number | null) => void>(null);

  useEffect(() => {
    let gone = false;
    import("./codemirror").then(({ createEditor, showProblem }) => {
      if (gone || !frame.current) return;
      mark.current = showProblem;
      view.current = createEditor({
        parent: frame.current,
        text: latest.current.text,
        label,
        hint,
        source: latest.current.source,
        onChange: (changed, place) => {
          setWritten({ text: changed, place: view.current?.hasFocus ? place : null });
        },
        onRun: () => {
          const current = view.current?.state.doc.toString().trim() ?? "";
          if (current !== latest.current.text.trim()) latest.current.onRun(current);
        },
      });
      setReady(true);
    });
    return () => {
      gone = true;
      view.current?.destroy();
      view.current = null;
    };
  }, [label, hint]);

  useEffect(() => {
    const editor = view.current;
    if (!editor) setWritten({ text, place: null });
    if (!editor || editor.hasFocus || editor.state.doc.toString() === text) return;
    editor.dispatch({ changes: { from: 0, to: editor.state.doc.length, insert: text } });
  }, [text]);

  useEffect(() => {
    if (ready && view.current) mark.current?.(view.current, problem?.position ?? null);
  }, [ready, problem]);

  return (
    <div className={css.frame} onBlur={() => setWritten((now) => ({ ...now, place: null }))}>
      <div
        className={css.editor}
        ref={frame}
        data-wrong={problem !== null || undefined}
        data-waiting={!ready || undefined}
      >
        {!ready && <div className={css.waiting}>{text || "\u00a0"}</div>}
      </div>
      {problem && <ProblemLine problem={problem} text={written.text} />}
      {!problem && written.place !== null && <CallHelp text={written.text} position={written.place} />}
    </div>
  );
}

/** Completion proposals: what was fetched once is proposed at once, and fetched again for the next letters. */
function useSource(): Source {
  const client = useQueryClient();
  const kept = { staleTime: 30_000, revalidateIfStale: true };
  return {
    metrics: () =>
      client.ensureQueryData({
        queryKey: ["metric-names", 24],
        queryFn: () => fetchMetricNames(24),
        ...kept,
      }),
    tags: (metric) =>
      client.ensureQueryData({
        queryKey: ["metric-tags", metric],
        queryFn: () => fetchMetricTags(metric),
        ...kept,
      }),
    functions: () =>
      client.fetchQuery({
        queryKey: ["functions"],
        queryFn: fetchFunctions,
        staleTime: Number.POSITIVE_INFINITY,
      }),
  };
}
