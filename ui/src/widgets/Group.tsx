/** A group: a header, and a grid of its own that is as many columns wide as the group. */
import type { CSSProperties, ReactNode } from "react";
import { Icon } from "~/ui";
import { backgroundStyle } from "./backgrounds";
import { Cell, type CellActions } from "./Cells";
import { useWidgetScope } from "./context";
import { imageAddress } from "./imageAddress";
import { ImageAt } from "./images";
import { bottomOf, innerOf, placeInner } from "./layout";
import css from "./panel.module.css";
import type { Widget, WidgetDefinition } from "./types";
import { substitute } from "./variables";

interface Props {
  widget: Widget;
  /** Columns that it is wide. */
  width: number;
  collapsed: boolean;
  onToggle?: () => void;
  actions?: CellActions;
  /** In place of the grid of its widgets: while it is edited. */
  body?: ReactNode;
}

export function Group({ widget, width, collapsed, onToggle, actions, body }: Props) {
  const { definition } = widget;
  const { variables, chosen } = useWidgetScope();
  const title = substitute(definition.title ?? "", variables, chosen) || "Group";
  return (
    <section className={css.group} aria-label={title} data-collapsed={collapsed || undefined}>
      <Header
        definition={definition}
        title={title}
        collapsed={collapsed}
        onToggle={onToggle}
        menu={actions?.(widget)}
      />
      {!collapsed && (body ?? <Inner definition={definition} width={width} actions={actions} />)}
    </section>
  );
}

interface HeaderProps {
  definition: WidgetDefinition;
  title: string;
  collapsed: boolean;
  onToggle?: () => void;
  menu: ReactNode;
}

/** The title on its color, or on a banner. Without either there is no header, unless the group is closed. */
function Header({ definition, title, collapsed, onToggle, menu }: HeaderProps) {
  const banner = typeof definition.banner_img === "string" && definition.banner_img !== "" && !collapsed;
  const named = definition.show_title !== false || collapsed;
  if (!banner && !named) return menu ? <div className={css.actions}>{menu}</div> : null;
  const background = backgroundStyle(definition.background_color);
  return (
    <header
      style={{ ...background, justifyContent: definition.title_align === "center" ? "center" : undefined }}
      data-banner={banner || undefined}
    >
      {banner && <Banner url={String(definition.banner_img)} title={title} />}
      <button type="button" aria-expanded={!collapsed} onClick={onToggle} title={title}>
        <Icon name={collapsed ? "right" : "down"} />
        <h3 className={named ? "truncate" : "visually-hidden"}>{title}</h3>
      </button>
      {menu && <div className={css.groupMenu}>{menu}</div>}
    </header>
  );
}

/** What a group is called that nobody named. */
const UNNAMED = new Set(["Group", "New group"]);

/** Where the picture cannot be loaded the title stands in its place, also of groups that leave it to the picture. */
function Banner({ url, title }: { url: string; title: string }) {
  return (
    <div className={css.banner} aria-hidden="true">
      <ImageAt
        address={imageAddress(url)}
        alt={title}
        fit="cover"
        instead={
          <div className={css.bannerName}>
            {UNNAMED.has(title) ? <span className="muted">Image not available</span> : <span>{title}</span>}
          </div>
        }
      />
    </div>
  );
}

function Inner({
  definition,
  width,
  actions,
}: Pick<Props, "width" | "actions"> & { definition: WidgetDefinition }) {
  const boxes = placeInner(definition, width);
  const rows = Math.max(1, bottomOf(boxes));
  const style = {
    gridTemplateColumns: `repeat(${width}, minmax(0, 1fr))`,
    gridTemplateRows: `repeat(${rows}, minmax(0, 1fr))`,
  } as CSSProperties;
  return (
    <div className={css.groupBody}>
      <div className={css.grid} style={style}>
        {innerOf(definition).map((widget, index) => (
          <Cell key={widget.id ?? index} widget={widget} box={boxes[index]!} actions={actions} />
        ))}
      </div>
    </div>
  );
}
