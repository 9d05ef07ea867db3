/** Surfaces: page, toolbar, panel, and the four states that data can be in. */
import type { CSSProperties, ReactNode } from "react";
import { ApiFailure } from "~/api/client";
import { Button } from "./controls";
import css from "./surface.module.css";

/** One line of controls; a child with `data-grow` takes the rest of the width. */
export function Toolbar({ children }: { children: ReactNode }) {
  return <div className={css.toolbar}>{children}</div>;
}

interface PanelProps {
  title?: ReactNode;
  /** A query or a grouping, in mono beside the title. */
  hint?: string;
  actions?: ReactNode;
  /** True while newer data is on its way; the old drawing stays. */
  busy?: boolean;
  children: ReactNode;
  style?: CSSProperties;
  className?: string;
}

export function Panel({ title, hint, actions, busy, children, style, className }: PanelProps) {
  return (
    <section className={className ? `${css.panel} ${className}` : css.panel} style={style}>
      {busy && <div className={css.bar} role="progressbar" aria-label="Loading" />}
      {(title || actions) && (
        <header>
          {title && <h3>{title}</h3>}
          {hint && (
            <span className={`${css.hint} truncate`} title={hint}>
              {hint}
            </span>
          )}
          {actions && <div className={css.actions}>{actions}</div>}
        </header>
      )}
      <div className={css.body}>{children}</div>
    </section>
  );
}

export function Loading() {
  return <div className={css.skeleton} role="status" aria-label="Loading" />;
}

interface EmptyProps {
  title: string;
  children?: ReactNode;
  actions?: ReactNode;
}

/** An empty state, not an error: say what was queried and what to do next. */
export function Empty({ title, children, actions }: EmptyProps) {
  return (
    <div className={css.state}>
      <b>{title}</b>
      {children && <p>{children}</p>}
      {actions && <div className={css.choices}>{actions}</div>}
    </div>
  );
}

interface FailureProps {
  error: unknown;
  /** The query as the person wrote it. */
  query?: string;
  onRetry?: () => void;
}

const FAILURES: Record<number, string> = {
  400: "This cannot be answered as it is written",
  403: "Not allowed",
  404: "Not found",
};

export function Failure({ error, query, onRetry }: FailureProps) {
  const messages =
    error instanceof ApiFailure ? error.messages : [String((error as Error)?.message ?? error)];
  const status = error instanceof ApiFailure ? error.status : 0;
  return (
    <div className={css.state} data-kind="error" role="alert">
      <b>◆ {FAILURES[status] ?? "Could not load"}</b>
      {messages.map((message) => (
        <p key={message}>{message}</p>
      ))}
      {query && <code>{query}</code>}
      {onRetry && <Button onClick={onRetry}>Retry</Button>}
    </div>
  );
}

export function Notice({
  state = "warn",
  children,
}: {
  state?: "warn" | "info" | "alert";
  children: ReactNode;
}) {
  return (
    <div className={css.notice} data-state={state}>
      {children}
    </div>
  );
}

interface AsyncProps<T> {
  query: { data: T | undefined; error: unknown; isPending: boolean; refetch: () => unknown };
  /** As the person wrote it; shown beside an error. */
  text?: string;
  /** True while the data are the answer to an earlier question (`useFormer`); they are marked as such. */
  former?: boolean;
  children: (data: T) => ReactNode;
}

/** The states of a react-query result in their usual order: data (old data stays), error, first load. */
export function Async<T>({ query, text, former, children }: AsyncProps<T>) {
  if (query.error) return <Failure error={query.error} query={text} onRetry={() => query.refetch()} />;
  if (query.data === undefined) return <Loading />;
  if (former === undefined) return <>{children(query.data)}</>;
  return <Former former={former}>{children(query.data)}</Former>;
}

/** Dims what is shown, and says that it is about to change, while it answers an earlier question. */
export function Former({ former, children }: { former: boolean; children: ReactNode }) {
  return (
    <div className={css.answer} data-answer aria-busy={former || undefined}>
      {children}
    </div>
  );
}

export function Properties({ items }: { items: readonly (readonly [string, ReactNode])[] }) {
  return (
    <dl className={css.properties}>
      {items.map(([name, value]) => [
        <dt key={`${name}-name`}>{name}</dt>,
        <dd key={`${name}-value`}>{value}</dd>,
      ])}
    </dl>
  );
}
