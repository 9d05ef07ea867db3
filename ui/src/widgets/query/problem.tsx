/** What is wrong with the text of a query, and the call that one is writing. */
import { useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { checkOptions, fetchFunctions, type QueryProblem } from "~/api/metrics";
import { callAt } from "~/core/query/complete";
import css from "./editor.module.css";

/** Half a word is no mistake yet. */
const PAUSE_MS = 800;

/** Asked once the text stands still; null while it changes, and where nothing is wrong. */
export function useQueryProblem(text: string): QueryProblem | null {
  const [still, setStill] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => setStill(text), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [text]);
  const found = useQuery({
    ...checkOptions(still),
    enabled: still.trim() !== "",
  });
  return still === text ? (found.data ?? null) : null;
}

export function ProblemLine({ problem, text }: { problem: QueryProblem; text: string }) {
  return (
    <p className={css.problem} role="alert">
      ◆ {capitalised(problem.message.replace(/^Error parsing query: /, ""))}
      {place(problem.position, text)}
    </p>
  );
}

function capitalised(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}

function place(position: number, text: string): string {
  if (position < 0) return "";
  const rest = text.slice(position, position + 20).trim();
  return rest === "" ? " at the end" : ` (character ${position + 1}: “${rest}”)`;
}

/** Signature and summary of the function whose arguments are written at `position`. */
export function CallHelp({ text, position }: { text: string; position: number }) {
  const { data = [] } = useQuery({
    queryKey: ["functions"],
    queryFn: fetchFunctions,
    staleTime: Number.POSITIVE_INFINITY,
  });
  const name = callAt(text, position)?.name;
  const found = data.find((one) => one.name === name);
  if (!found) return null;
  return (
    <p className={css.help}>
      <code>{found.signature}</code> {found.summary}
    </p>
  );
}
