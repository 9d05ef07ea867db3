/** A formula over queries, such as `100 * a / b`. Enter, or leaving it, runs it; what is wrong stands below. */
import { useEffect, useState } from "react";
import { strangersIn } from "~/core/query/formula";
import { Input } from "~/ui";
import css from "./editor.module.css";
import { ProblemLine, useQueryProblem } from "./problem";

interface FormulaInputProps {
  value: string;
  label: string;
  /** What the queries are called. */
  names: readonly string[];
  onRun: (formula: string) => void;
}

export function FormulaInput({ value, label, names, onRun }: FormulaInputProps) {
  const [text, setText] = useState(value);
  useEffect(() => setText(value), [value]);
  const wrong = useQueryProblem(text);
  const [stranger] = strangersIn(text, names);
  const unknown = stranger && {
    message: `No query is called “${stranger.name}”; there ${names.length === 1 ? "is" : "are"} ${names.join(", ")}`,
    position: -1,
  };
  const problem = wrong ?? unknown;
  const run = () => {
    if (text.trim() !== value) onRun(text.trim());
  };
  return (
    <div className={css.frame}>
      <Input
        className={`mono ${css.formula}`}
        aria-label={label}
        aria-invalid={problem !== undefined}
        placeholder={`100 * ${names[0] ?? "a"}`}
        value={text}
        onChange={(event) => setText(event.target.value)}
        onBlur={run}
        onKeyDown={(event) => event.key === "Enter" && run()}
      />
      {problem && <ProblemLine problem={problem} text={text} />}
    </div>
  );
}
