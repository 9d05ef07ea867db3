/** `note`, `free_text` and `image`: what people write beside their charts. */

import type { CSSProperties } from "react";
import { Markdown } from "~/ui/markdown";
import { useWidgetScope } from "../context";
import type { WidgetDefinition } from "../types";
import { substitute } from "../variables";
import css from "./views.module.css";

const text = (value: unknown) => (typeof value === "string" ? value : "");

/** Backgrounds that dashboards name, in terms of the design tokens. */
const BACKGROUNDS: Record<string, string> = {
  transparent: "transparent",
  white: "var(--surface)",
  gray: "var(--surface-3)",
  blue: "var(--info-soft)",
  vivid_blue: "var(--info-soft)",
  green: "var(--ok-soft)",
  vivid_green: "var(--ok-soft)",
  yellow: "var(--warn-soft)",
  orange: "var(--warn-soft)",
  vivid_yellow: "var(--warn-soft)",
  vivid_orange: "var(--warn-soft)",
  pink: "var(--alert-soft)",
  red: "var(--alert-soft)",
  vivid_pink: "var(--alert-soft)",
  purple: "var(--accent-soft)",
  vivid_purple: "var(--accent-soft)",
};

export function background(name: unknown): string | undefined {
  return BACKGROUNDS[text(name)];
}

export function Note({ definition }: { definition: WidgetDefinition }) {
  const { variables, chosen } = useWidgetScope();
  const content = substitute(text(definition.content), variables, chosen);
  const size = Number(definition.font_size);
  const style: CSSProperties = {
    background: background(definition.background_color),
    fontSize: size ? `${Math.min(size, 48)}px` : undefined,
    textAlign: text(definition.text_align) as CSSProperties["textAlign"],
    justifyContent: definition.vertical_align === "center" ? "center" : undefined,
  };
  return (
    <div className={css.note} style={style} data-padding={definition.has_padding !== false || undefined}>
      <Markdown>{content}</Markdown>
    </div>
  );
}

export function FreeText({ definition }: { definition: WidgetDefinition }) {
  const size = Number.parseFloat(text(definition.font_size));
  const style: CSSProperties = {
    fontSize: size ? `${Math.min(size, 96)}px` : "var(--fs-2xl)",
    lineHeight: 1.2,
    textAlign: text(definition.text_align) as CSSProperties["textAlign"],
  };
  return (
    <div className={css.note} style={style}>
      {text(definition.text)}
    </div>
  );
}

export function Picture({ definition }: { definition: WidgetDefinition }) {
  const fits: Record<string, CSSProperties["objectFit"]> = { zoom: "cover", fit: "contain", center: "none" };
  const sizing = text(definition.sizing);
  const fit = fits[sizing] ?? (sizing as CSSProperties["objectFit"]) ?? "contain";
  const url = text(definition.url);
  if (!/^(data:image\/|\/(?!\/))/.test(url)) {
    // Pictures of other hosts are not loaded: they would tell that host who looks at this page.
    return (
      <div className={css.note} data-padding>
        <a href={/^https?:/.test(url) ? url : undefined} target="_blank" rel="noreferrer noopener">
          Picture at another site
        </a>
      </div>
    );
  }
  return <img className={css.picture} src={url} alt={definition.title ?? ""} style={{ objectFit: fit }} />;
}
