/** The usual states of a widget's data, and what the server had to say of it. */

import type { ReactNode } from "react";
import { Async } from "~/ui";
import type { Result } from "./data";
import { Notes } from "./notes";
import css from "./panel.module.css";

interface Props<T> {
  result: Result<T>;
  /** What was asked, shown beside an error. */
  text?: string;
  children: (data: T) => ReactNode;
}

export function Answer<T>({ result, text, children }: Props<T>) {
  return (
    <Async query={result} text={text}>
      {(data) => (
        <div className={css.answer}>
          <div>{children(data)}</div>
          <Notes notes={result.notes} />
        </div>
      )}
    </Async>
  );
}
