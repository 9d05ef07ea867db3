/** The usual states of a widget's data, and what the server had to say of it. */

import type { ReactNode } from "react";
import { ApiFailure } from "~/api/client";
import { Async } from "~/ui";
import type { Result } from "./data";
import { NoData } from "./NoData";
import { Notes } from "./notes";
import css from "./panel.module.css";

interface Props<T> {
  result: Result<T>;
  /** The query, shown beside an error. */
  text?: string;
  children: (data: T) => ReactNode;
}

/** A query that is right in words but needs another kind of metric or SLO: a fact about the data, not a fault. */
const OTHER_METRIC = /need a distribution|: this SLO /;

export function Answer<T>({ result, text, children }: Props<T>) {
  const { error } = result;
  if (error instanceof ApiFailure && error.status === 400 && OTHER_METRIC.test(error.message)) {
    return <NoData title={error.message.replace(/^Query '[^']*': /, "").replace(/ \(position.*$/s, "")} />;
  }
  return (
    <Async query={result} text={text}>
      {(data) => (
        <div className={css.answer} aria-busy={result.former || undefined}>
          <div>{children(data)}</div>
          <Notes notes={result.notes} />
        </div>
      )}
    </Async>
  );
}
