/** Lines and bands of a graph, and searches of events over it. */
import { Button, IconButton, Input, Select } from "~/ui";
import type { WidgetDefinition, WidgetMarker } from "~/widgets/types";
import css from "./editing.module.css";

interface Props {
  definition: WidgetDefinition;
  onChange: (definition: WidgetDefinition) => void;
}

const SEVERITIES = ["error", "warning", "ok", "info"].map((value) => ({ value, label: value }));
const LINES = ["dashed", "solid", "bold"].map((value) => ({ value, label: value }));

export function Markers({ definition, onChange }: Props) {
  const markers = definition.markers ?? [];
  const set = (next: WidgetMarker[]) =>
    onChange({ ...definition, markers: next.length > 0 ? next : undefined });
  const edit = (index: number, change: Partial<WidgetMarker>) =>
    set(markers.map((marker, at) => (at === index ? { ...marker, ...change } : marker)));
  return (
    <div className={css.section}>
      {markers.map((marker, index) => {
        const [severity = "error", line = "dashed"] = (marker.display_type ?? "error dashed").split(" ");
        return (
          <div key={index} className={css.row}>
            <Input
              aria-label={`Marker ${index + 1}`}
              placeholder="y = 90, or 50 < y < 90"
              value={marker.value}
              onChange={(event) => edit(index, { value: event.target.value })}
            />
            <Input
              aria-label={`Label of marker ${index + 1}`}
              placeholder="Label"
              value={marker.label ?? ""}
              onChange={(event) => edit(index, { label: event.target.value || undefined })}
            />
            <Select
              value={severity}
              options={SEVERITIES}
              onChange={(next) => edit(index, { display_type: `${next} ${line}` })}
            />
            <Select
              value={line}
              options={LINES}
              onChange={(next) => edit(index, { display_type: `${severity} ${next}` })}
            />
            <IconButton
              icon="trash"
              label={`Delete marker ${index + 1}`}
              onClick={() => set(markers.filter((_, at) => at !== index))}
            />
          </div>
        );
      })}
      <div className={css.row}>
        <Button
          size="small"
          icon="plus"
          onClick={() => set([...markers, { value: "y = 0", display_type: "error dashed" }])}
        >
          Add marker
        </Button>
        <Input
          data-grow
          className="mono"
          aria-label="Event overlay"
          placeholder="Event overlay: a search of events"
          value={definition.events?.[0]?.q ?? ""}
          onChange={(event) =>
            onChange({ ...definition, events: event.target.value ? [{ q: event.target.value }] : undefined })
          }
        />
      </div>
    </div>
  );
}
