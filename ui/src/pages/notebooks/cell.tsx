/** One cell of a notebook: Markdown that is written in place, or a widget with a size and a time of its own. */
import { useState } from "react";
import { Button, IconButton, Select, TextArea, useMay } from "~/ui";
import { Markdown } from "~/ui/markdown";
import { useWidgetScope } from "~/widgets/context";
import { noteText } from "~/widgets/noteText";
import type { WidgetDefinition } from "~/widgets/types";
import { WidgetPanel } from "~/widgets/WidgetPanel";
import type { NotebookCell } from "./api";
import css from "./notebook.module.css";
import { widgetTime } from "./times";

interface Props {
  cell: NotebookCell;
  onChange: (cell: NotebookCell) => void;
  onEdit: () => void;
  onMove: (step: -1 | 1) => void;
  onDelete: () => void;
}

const HEIGHTS: Record<string, number> = { xs: 110, s: 180, m: 260, l: 380, xl: 560 };
const SIZES = Object.keys(HEIGHTS).map((value) => ({ value, label: value.toUpperCase() }));
const TIMES = [
  { value: "", label: "Global time" },
  ...["15m", "1h", "4h", "1d", "1w", "1mo"].map((value) => ({ value, label: `Past ${value}` })),
];

export function Cell(props: Props) {
  const { cell, onMove, onDelete } = props;
  const text = cell.attributes.definition.type === "markdown";
  return (
    <section className={css.cell} aria-label={text ? "Text" : (cell.attributes.definition.title ?? "Graph")}>
      <div className={css.tools}>
        <IconButton small icon="up" label="Move up" needs="notebooks_write" onClick={() => onMove(-1)} />
        <IconButton small icon="down" label="Move down" needs="notebooks_write" onClick={() => onMove(1)} />
        <IconButton small icon="trash" label="Delete cell" needs="notebooks_write" onClick={onDelete} />
      </div>
      {text ? <Text {...props} /> : <Graph {...props} />}
    </section>
  );
}

function Text({ cell, onChange }: Props) {
  const { variables, chosen } = useWidgetScope();
  const { definition } = cell.attributes;
  const content = String(definition.text ?? "");
  const edits = useMay("notebooks_write");
  const [writing, setWriting] = useState(edits && content === "");
  const write = (text: string) =>
    onChange({ ...cell, attributes: { ...cell.attributes, definition: { ...definition, text } } });
  if (writing) {
    return (
      <div className={css.text}>
        <TextArea
          aria-label="Markdown"
          autoFocus
          rows={Math.max(4, content.split("\n").length + 1)}
          value={content}
          placeholder="Markdown"
          onChange={(event) => write(event.target.value)}
        />
        <Button size="small" onClick={() => setWriting(false)}>
          Done
        </Button>
      </div>
    );
  }
  return (
    <div className={css.text}>
      <Markdown>{noteText(content, variables, chosen) || "_Empty_"}</Markdown>
      <Button size="small" kind="ghost" icon="edit" needs="notebooks_write" onClick={() => setWriting(true)}>
        Edit text
      </Button>
    </div>
  );
}

function Graph({ cell, onChange, onEdit }: Props) {
  const { definition, graph_size: size = "m", time } = cell.attributes;
  const own = widgetTime(time);
  const shown: WidgetDefinition = own ? { ...definition, time: own } : definition;
  const set = (change: object) => onChange({ ...cell, attributes: { ...cell.attributes, ...change } });
  return (
    <>
      <div className={css.row}>
        <Button size="small" icon="edit" needs="notebooks_write" onClick={onEdit}>
          Edit graph
        </Button>
        <Select
          label="Size"
          needs="notebooks_write"
          value={size}
          options={SIZES}
          onChange={(next) => set({ graph_size: next })}
        />
        <Select
          label="Time"
          needs="notebooks_write"
          value={time?.live_span ?? ""}
          options={TIMES}
          onChange={(span) => set({ time: span ? { live_span: span } : null })}
        />
      </div>
      <div style={{ height: HEIGHTS[size] ?? HEIGHTS.m }}>
        <WidgetPanel definition={shown} rows={Math.round((HEIGHTS[size] ?? 260) / 90)} columns={10} />
      </div>
    </>
  );
}
