/** A widget in its frame: title, menu, and the drawing once it comes near the screen. */
import { type ReactNode, Suspense, useEffect, useMemo, useRef, useState } from "react";
import { Loading } from "~/ui";
import { useWidgetScope, WidgetScopeProvider } from "./context";
import { type Frame, FrameProvider } from "./frame";
import { Guarded } from "./Guarded";
import { NoData } from "./NoData";
import { Notes } from "./notes";
import css from "./panel.module.css";
import { WIDGETS } from "./register";
import { requestsOf, timeLabel } from "./request";
import { isShared } from "./sharing";
import type { WidgetDefinition } from "./types";
import { unkept } from "./unkept";
import { substitute } from "./variables";

interface Props {
  definition: WidgetDefinition;
  /** Menu and buttons at the right of the title. */
  actions?: ReactNode;
  /** Size in grid cells: what a legend and axes may take. */
  rows?: number;
  columns?: number;
  /** On a free dashboard: words and pictures stand on the page without a panel behind them. */
  free?: boolean;
  /** Part of another widget. */
  nested?: boolean;
}

/** Types that fill their frame to the edge and have no title of their own. */
const BARE = new Set(["note", "free_text", "image", "iframe"]);

export function WidgetPanel({ definition, actions, rows = 4, columns = 6, free, nested }: Props) {
  const { variables, chosen } = useWidgetScope();
  const title = substitute(String(definition.title ?? ""), variables, chosen);
  const bare = BARE.has(definition.type) && !title;
  const span = timeLabel(definition.time);
  const frame = useMemo<Frame>(() => ({ rows, columns }), [rows, columns]);
  return (
    <section
      className={css.panel}
      data-bare={bare || undefined}
      data-plain={isPlain(definition, free) || undefined}
      aria-label={title || labelOf(definition)}
      data-widget={nested ? undefined : definition.type}
    >
      {!bare && (
        <header>
          <h3
            className="truncate"
            title={title || undefined}
            style={{ textAlign: definition.title_align as "left" | undefined }}
          >
            {title || (
              <span className="muted">
                <Guarded of={definition} instead={labelOf(definition)}>
                  <Hint definition={definition} />
                </Guarded>
              </span>
            )}
          </h3>
          {span && <span className={css.span}>{span}</span>}
        </header>
      )}
      {actions && <div className={css.actions}>{actions}</div>}
      <div className={css.body}>
        <Visible>
          <FrameProvider value={frame}>
            <Guarded of={definition}>
              <Drawing definition={definition} />
              <Unkept definition={definition} />
            </Guarded>
          </FrameProvider>
        </Visible>
      </div>
    </section>
  );
}

/** Pictures say themselves whether they have a background and a border; words on free boards have none. */
function isPlain({ type, has_background, has_border, background_color }: WidgetDefinition, free?: boolean) {
  if (type === "image") return has_background === false || has_border === false || free;
  if (type === "free_text") return free;
  return type === "note" && background_color === "transparent";
}

const labelOf = ({ type }: WidgetDefinition): string => WIDGETS[type]?.label || type;

/** What stands for a title: the query, or the type of the widget. */
function Hint({ definition }: { definition: WidgetDefinition }) {
  const request = requestsOf(definition)[0];
  return request?.q ?? request?.queries?.[0]?.query ?? labelOf(definition);
}

/** What the definition asks for that has no effect here. */
function Unkept({ definition }: { definition: WidgetDefinition }) {
  return <Notes notes={useMemo(() => unkept(definition), [definition])} />;
}

function Drawing({ definition }: { definition: WidgetDefinition }) {
  const { shared } = useWidgetScope();
  if (shared && !isShared(definition.type)) return <NoData title="Not available on a shared dashboard" />;
  const View = WIDGETS[definition.type]?.view;
  if (!View) {
    return (
      <NoData title={`Unsupported widget type: ${definition.type}. Its definition is stored unchanged.`} />
    );
  }
  return (
    <Suspense fallback={<Loading />}>
      <View definition={definition} />
    </Suspense>
  );
}

/**
 * Children are drawn, and query the server, from when they first come near the screen. While they are away from
 * it, time and variables stand still for them: a page refreshes what can be seen.
 */
function Visible({ children }: { children: ReactNode }) {
  const frame = useRef<HTMLDivElement>(null);
  const scope = useWidgetScope();
  const [near, setNear] = useState(false);
  const last = useRef<typeof scope | null>(null);
  if (near) last.current = scope;
  useEffect(() => {
    if (!frame.current) return;
    const observer = new IntersectionObserver((entries) => setNear(entries.at(-1)!.isIntersecting), {
      rootMargin: "200px",
    });
    observer.observe(frame.current);
    return () => observer.disconnect();
  }, []);
  return (
    <div ref={frame} className={css.frame} data-undrawn={last.current === null || undefined}>
      {last.current && <WidgetScopeProvider value={last.current}>{children}</WidgetScopeProvider>}
    </div>
  );
}
