/** A widget in its frame: title, menu, and the drawing once it comes near the screen. */

import { type ReactNode, Suspense, useEffect, useRef, useState } from "react";
import { Empty, Loading } from "~/ui";
import { useWidgetScope, WidgetScopeProvider } from "./context";
import css from "./panel.module.css";
import { WIDGETS } from "./register";
import { requestsOf, spanOf } from "./request";
import type { WidgetDefinition } from "./types";
import { substitute } from "./variables";

interface Props {
  definition: WidgetDefinition;
  /** Menu and buttons at the right of the title. */
  actions?: ReactNode;
}

/** Types that fill their frame to the edge and have no title of their own. */
const BARE = new Set(["note", "free_text", "image"]);

export function WidgetPanel({ definition, actions }: Props) {
  const { variables, chosen } = useWidgetScope();
  const title = substitute(definition.title ?? "", variables, chosen);
  const bare = BARE.has(definition.type) && !title;
  return (
    <section
      className={css.panel}
      data-bare={bare || undefined}
      aria-label={title || definition.type}
      data-widget={definition.type}
    >
      {!bare && (
        <header>
          <h3 className="truncate" style={{ textAlign: definition.title_align as "left" | undefined }}>
            {title || <span className="muted">{hint(definition)}</span>}
          </h3>
          {spanOf(definition.time) && (
            <span className={css.span}>{definition.time?.live_span ?? "own time"}</span>
          )}
        </header>
      )}
      {actions && <div className={css.actions}>{actions}</div>}
      <div className={css.body}>
        <Visible>
          <Drawing definition={definition} />
        </Visible>
      </div>
    </section>
  );
}

function hint(definition: WidgetDefinition): string {
  const request = requestsOf(definition)[0];
  return request?.q ?? request?.queries?.[0]?.query ?? WIDGETS[definition.type]?.label ?? definition.type;
}

function Drawing({ definition }: { definition: WidgetDefinition }) {
  const View = WIDGETS[definition.type]?.view;
  if (!View) {
    return (
      <Empty title={`Heeler does not draw “${definition.type}” widgets yet`}>
        Its definition is kept as it is.
      </Empty>
    );
  }
  return (
    <Suspense fallback={<Loading />}>
      <View definition={definition} />
    </Suspense>
  );
}

/**
 * Children are drawn, and ask the server, from when they first come near the screen. While they are away from
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
    <div ref={frame} className={css.frame}>
      {last.current && <WidgetScopeProvider value={last.current}>{children}</WidgetScopeProvider>}
    </div>
  );
}
