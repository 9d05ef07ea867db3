/** The widget types to choose from, in the sections that people look in. */
import { type Ref, useEffect, useRef } from "react";
import { Button, IconButton, Menu, MenuGroup, MenuItem } from "~/ui";
import { WIDGETS } from "~/widgets/register";
import css from "./editing.module.css";
import { PRESETS } from "./presets";

const SECTIONS: readonly (readonly [string, readonly string[]])[] = [
  [
    "Graphs",
    [
      "timeseries",
      "query_value",
      "toplist",
      "bar_chart",
      "query_table",
      "change",
      "sunburst",
      "treemap",
      "heatmap",
      "heatgrid",
      "distribution",
      "scatterplot",
      "geomap",
      "funnel",
      "wildcard",
    ],
  ],
  ["Lists and streams", ["logs", "spans", "events", "patterns", "event_timeline"]],
  ["Groups and texts", ["group", "note", "free_text", "image", "iframe"]],
  ["Monitors and SLOs", ["slo", "slo_list", "manage_status", "alert_graph", "alert_value", "check_status"]],
  ["Services and hosts", ["hostmap", "servicemap", "trace_service"]],
];

/** What most dashboards begin with. */
const FIRST = ["timeseries", "query_value", "toplist", "logs", "spans", "slo", "note", "group"];

export const labelOf = (type: string) => PRESETS[type]?.label ?? WIDGETS[type]!.label;

/** Of a dashboard without widgets: the usual ones a click away. */
export function FirstWidgets({ onPick }: { onPick: (type: string) => void }) {
  const first = useRef<HTMLDivElement>(null);
  useEffect(() => first.current?.querySelector("button")?.focus(), []);
  return (
    <div className={css.first}>
      <b>Add the first widget</b>
      <div ref={first} className={css.types}>
        {FIRST.map((type) => (
          <Button key={type} icon="plus" onClick={() => onPick(type)}>
            {labelOf(type)}
          </Button>
        ))}
      </div>
    </div>
  );
}

interface Props {
  label: string;
  small?: boolean;
  /** Opens it from elsewhere: by a key. */
  button?: Ref<HTMLButtonElement>;
  onPick: (type: string) => void;
}

export function AddMenu({ label, small, button, onPick }: Props) {
  const trigger = small ? (
    <IconButton small icon="plus" label={label} />
  ) : (
    <Button ref={button} icon="plus" title="A">
      {label}
    </Button>
  );
  return (
    <Menu trigger={trigger} wide>
      {SECTIONS.map(([title, types]) => (
        <MenuGroup key={title} label={title}>
          {types
            .filter((type) => !(small && type === "group"))
            .map((type) => (
              <MenuItem key={type} onSelect={() => onPick(type)}>
                {labelOf(type)}
              </MenuItem>
            ))}
        </MenuGroup>
      ))}
    </Menu>
  );
}
