/** `note`, `free_text` and `image`: what people write beside their charts. */
import type { CSSProperties } from "react";
import { usePreferences } from "~/shell/preferences";
import { Markdown } from "~/ui/markdown";
import { backgroundStyle } from "../backgrounds";
import { useWidgetScope } from "../context";
import { useFittingText } from "../dom";
import { imageAddress } from "../imageAddress";
import { ImageAt } from "../images";
import { noteText } from "../noteText";
import type { WidgetDefinition } from "../types";
import { substitute } from "../variables";
import css from "./text.module.css";

const text = (value: unknown) => (typeof value === "string" ? value : "");
const VERTICAL: Record<string, string> = { top: "flex-start", center: "center", bottom: "flex-end" };

export function Note({ definition }: { definition: WidgetDefinition }) {
  const { variables, chosen } = useWidgetScope();
  const content = noteText(text(definition.content), variables, chosen);
  const size = Number.parseFloat(text(definition.font_size));
  const fitting = useFittingText<HTMLDivElement>();
  const style: CSSProperties = {
    ...backgroundStyle(definition.background_color),
    fontSize: size ? `${Math.max(11, Math.min(size, 96))}px` : undefined,
    textAlign: text(definition.text_align) as CSSProperties["textAlign"],
  };
  return (
    <div
      key={size}
      ref={fitting}
      className={css.note}
      style={style}
      data-padding={definition.has_padding !== false || undefined}
      data-align={/^(center|right)$/.exec(text(definition.text_align))?.[0]}
    >
      <div style={{ margin: marginOf(definition.vertical_align) }} className={css.noteText}>
        <Markdown images={NoteImage}>{content}</Markdown>
      </div>
      {definition.show_tick === true && <Tick definition={definition} />}
    </div>
  );
}

/** `margin: auto` centers like `justify-content`, but what is too high stays reachable. */
function marginOf(vertical: unknown): string | undefined {
  const place = VERTICAL[text(vertical)];
  if (place === "center") return "auto 0";
  return place === "flex-end" ? "auto 0 0" : undefined;
}

function NoteImage({ src, alt }: { src?: string; alt?: string }) {
  return (
    <span className={css.noteImage}>
      <ImageAt address={imageAddress(src ?? "")} alt={alt ?? ""} />
    </span>
  );
}

/** The little triangle that points at the neighbor. */
function Tick({ definition }: { definition: WidgetDefinition }) {
  const edge = text(definition.tick_edge) || "left";
  const place = text(definition.tick_pos) || "50%";
  const along = edge === "left" || edge === "right" ? "top" : "left";
  const style = { [along]: place } as CSSProperties;
  return <i className={css.tick} data-edge={edge} style={style} aria-hidden="true" />;
}

export function FreeText({ definition }: { definition: WidgetDefinition }) {
  const { variables, chosen } = useWidgetScope();
  const given = text(definition.font_size);
  const size = Number.parseFloat(given);
  // `auto` fills the box; the height of the text decides, as far as its width allows.
  const fontSize = size ? `${Math.max(11, Math.min(size, 250))}px` : undefined;
  const style: CSSProperties = {
    textAlign: text(definition.text_align) as CSSProperties["textAlign"],
    color: /^#[0-9a-f]{3,8}$/i.test(text(definition.color))
      ? readableColor(text(definition.color))
      : undefined,
  };
  const words = substitute(text(definition.text), variables, chosen);
  const fitting = useFittingText<HTMLDivElement>();
  const auto = { "--letters": Math.max(4, words.length) } as CSSProperties;
  return (
    <div
      key={fontSize}
      ref={fitting}
      className={css.freeText}
      style={{ ...backgroundStyle(definition.background_color), fontSize }}
    >
      <p style={{ ...auto, ...style }} data-auto={!size || undefined}>
        {words}
      </p>
    </div>
  );
}

/** The author's color, moved toward the ink of the theme so far that it can be read on either. */
function readableColor(color: string): string {
  return `color-mix(in oklab, ${color} 55%, var(--text))`;
}

const FITS: Record<string, CSSProperties["objectFit"]> = {
  zoom: "cover",
  fit: "contain",
  center: "none",
};
const MARGINS: Record<string, string> = { sm: "4px", small: "4px", md: "12px", lg: "24px", large: "24px" };

export function Picture({ definition }: { definition: WidgetDefinition }) {
  const { theme } = usePreferences();
  const dark = document.documentElement.dataset.theme === "dark" && theme !== "light";
  const url = (dark && text(definition.url_dark_theme)) || text(definition.url);
  const sizing = text(definition.sizing);
  const fit = FITS[sizing] ?? ((sizing || "contain") as CSSProperties["objectFit"]);
  const across = text(definition.horizontal_align) || "center";
  const down = text(definition.vertical_align) || "center";
  return (
    <div className={css.picture} style={{ padding: MARGINS[text(definition.margin)] }}>
      <ImageAt
        address={imageAddress(url)}
        alt={definition.title ?? ""}
        fit={fit}
        style={{ objectPosition: `${across} ${down}` }}
      />
    </div>
  );
}
