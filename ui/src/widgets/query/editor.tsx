/** The editor of a metrics query: one line, coloured, completing metrics, tags and functions. Enter runs it. */
import type { EditorView } from "@codemirror/view";
import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { fetchFunctions, fetchMetricNames, fetchMetricTags } from "~/api/metrics";
import type { Source } from "./codemirror";
import css from "./editor.module.css";

interface QueryEditorProps {
  text: string;
  label: string;
  /** Called when the person asks for it (Enter) or leaves the editor. */
  onRun: (text: string) => void;
  wrong?: boolean;
}

export function QueryEditor({ text, label, onRun, wrong }: QueryEditorProps) {
  const frame = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView | null>(null);
  const [ready, setReady] = useState(false);
  const source = useSource();
  const latest = useRef({ text, onRun, source });
  latest.current = { text, onRun, source };

  useEffect(() => {
    let gone = false;
    import("./codemirror").then(({ createEditor }) => {
      if (gone || !frame.current) return;
      let current = latest.current.text;
      view.current = createEditor({
        parent: frame.current,
        text: current,
        label,
        hint: "avg:system.cpu.user{*} by {host}",
        source: latest.current.source,
        onChange: (changed) => {
          current = changed;
        },
        onRun: () => {
          if (current.trim() !== latest.current.text.trim()) latest.current.onRun(current.trim());
        },
      });
      setReady(true);
    });
    return () => {
      gone = true;
      view.current?.destroy();
      view.current = null;
    };
  }, [label]);

  useEffect(() => {
    const editor = view.current;
    if (!editor || editor.hasFocus || editor.state.doc.toString() === text) return;
    editor.dispatch({ changes: { from: 0, to: editor.state.doc.length, insert: text } });
  }, [text]);

  return (
    <div className={css.editor} ref={frame} data-wrong={wrong || undefined}>
      {!ready && <div className={css.waiting}>{text || "\u00a0"}</div>}
    </div>
  );
}

/** What completion proposes, asked once and kept by react-query. */
function useSource(): Source {
  const client = useQueryClient();
  const kept = { staleTime: 30_000 };
  return {
    metrics: () =>
      client.fetchQuery({ queryKey: ["metric-names", 24], queryFn: () => fetchMetricNames(24), ...kept }),
    tags: (metric) =>
      client.fetchQuery({
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
