/** `hostmap`: a hexagon a host or container, colored by one metric and as large as another. */
import { useMemo } from "react";
import { useHosts } from "~/api/hosts";
import { hexagonPoints, layoutHexagons } from "~/core/hexmap";
import { counted, shorten } from "~/core/labels";
import { NumberFormat, type UnitPair } from "~/core/units";
import { type Container, useRunning } from "~/pages/infrastructure/runningApi";
import { Async } from "~/ui";
import { containerRequest, filterOf, withMissing, withTags } from "../containerMap";
import { useWidgetScope } from "../context";
import { useTable } from "../data";
import { useSize } from "../dom";
import { fillVariable, isDarkFill, isDiverging } from "../fills";
import {
  grouped,
  groupKeys,
  infrastructureOf,
  missingHosts,
  nameIndexes,
  withGroups,
  withScope,
} from "../hostGroups";
import { modern } from "../legacyRequests";
import { NoData } from "../NoData";
import { formulaUnit } from "../numberFormat";
import { Answer } from "../QueryResult";
import { textOf } from "../readDefinition";
import { requestsOf } from "../request";
import type { Table } from "../tables";
import type { WidgetDefinition, WidgetRequest } from "../types";
import css from "./views.module.css";

interface Style {
  palette?: string;
  palette_flip?: boolean;
  fill_min?: string | number;
  fill_max?: string | number;
}

export function Hostmap({ definition }: { definition: WidgetDefinition }) {
  const { shared } = useWidgetScope();
  const { groups, scope, showMetricless, showUngrouped, nodes } = mapOptions(definition, shared);
  if (nodes === "container" && !shared) return <ContainerMap definition={definition} />;
  return <HostsOnly {...{ definition, groups, scope, showMetricless, showUngrouped }} />;
}

/** The same of containers, with the tags that they have now. */
function ContainerMap({ definition }: { definition: WidgetDefinition }) {
  const { window } = useWidgetScope();
  const { groups, scope, showMetricless, showUngrouped } = mapOptions(definition, false);
  const requests = fillAndSize(definition).map((one) =>
    containerRequest(modern(one as WidgetRequest), scope),
  );
  const result = useTable({ ...definition, requests });
  const range = { ...window, live: Date.now() - window.to < LIVE_MS };
  const running = useRunning<Container>("containers", filterOf(scope.filter(isPlain)), BY_NAME, "", range);
  const drawn = (table: Table) => (
    <Hexagons
      {...{ table, groups, showUngrouped }}
      style={styleOf(definition)}
      sized={table.columns.length > 1}
      unit={formulaUnit(requests[0]?.formulas?.[0]?.number_format, table.columns[0]?.unit)}
      notes={typeof definition.notes === "string" ? definition.notes : ""}
      metricless={showMetricless}
      noun="container"
    />
  );
  return (
    <Answer result={result}>
      {(found) => {
        if (!showMetricless && groups.every((key) => found.groups.includes(key))) return drawn(found);
        return (
          <Async query={running}>
            {({ rows }) => drawn(withTags(showMetricless ? withMissing(found, rows) : found, groups, rows))}
          </Async>
        );
      }}
    </Answer>
  );
}

const LIVE_MS = 300_000;
const BY_NAME = { key: "name", descending: false };
/** Without a variable. */
const isPlain = (part: string) => !part.includes("$");

interface HostsProps extends Omit<MapOptions, "nodes"> {
  definition: WidgetDefinition;
}

function HostsOnly({ definition, groups, scope, showMetricless, showUngrouped }: HostsProps) {
  const { shared } = useWidgetScope();
  const requests = fillAndSize(definition).map((request) => withGroups(withScope(request, scope), groups));
  const result = useTable({ ...definition, requests });
  const format = (requests[0] as WidgetRequest | undefined)?.formulas?.[0]?.number_format;
  return (
    <Answer result={result}>
      {(table) => {
        const rules = {
          ...{ table, groups, showUngrouped },
          style: styleOf(definition),
          sized: table.columns.length > 1,
          unit: formulaUnit(format, table.columns[0]?.unit),
          notes: typeof definition.notes === "string" ? definition.notes : "",
        };
        return showMetricless && !shared ? <WithAllHosts {...rules} /> : <Hexagons {...rules} />;
      }}
    </Answer>
  );
}

interface MapOptions {
  groups: readonly string[];
  scope: readonly string[];
  showMetricless: boolean;
  showUngrouped: boolean;
  nodes: string;
}

/**
 * Older maps have their options beside the requests, newer ones in the request. Readers of a shared dashboard may
 * run its queries alone, as they are written.
 */
function mapOptions(definition: WidgetDefinition, shared: boolean | undefined): MapOptions {
  const newer = infrastructureOf(definition);
  const texts = (given: unknown) => (Array.isArray(given) ? given.map(String) : []);
  const groups = [...texts(definition.group), ...groupKeys(newer.group_by)];
  const scope = [...texts(definition.scope), ...textOf(newer.filter).split(/\s*,\s*|\s+AND\s+/)];
  const nodes = String(newer.node_type ?? definition.node_type ?? "host");
  return {
    groups: shared ? [] : groups,
    scope: shared ? [] : scope.filter(Boolean),
    showMetricless:
      (newer.no_metric_hosts ?? definition.no_metric_hosts) === true &&
      (nodes === "host" || nodes === "container"),
    nodes,
    showUngrouped: (newer.no_group_hosts ?? definition.no_group_hosts) !== false,
  };
}

/** With the hosts that report nothing of the metric. */
function WithAllHosts(props: HexagonsProps) {
  const hosts = useHosts();
  const { table } = props;
  const rows = [...table.rows, ...missingHosts(table.rows, table.groups, hosts.data ?? [])];
  return <Hexagons {...props} table={{ ...table, rows }} metricless />;
}

/** The request that fills, then that which sizes: older maps name them, newer ones by the dimension of a formula. */
function fillAndSize(definition: WidgetDefinition): object[] {
  const given = (Array.isArray(definition.requests) ? undefined : definition.requests) as
    | { fill?: object; size?: object }
    | undefined;
  if (given?.fill || given?.size)
    return [given.fill ?? given.size, given.fill && given.size].filter(Boolean) as object[];
  return requestsOf(definition).slice(0, 2);
}

function styleOf(definition: WidgetDefinition): Style {
  const own = definition.style as Style | undefined;
  return own ?? (infrastructureOf(definition).style as Style | undefined) ?? {};
}

interface HexagonsProps {
  table: Table;
  style: Style;
  sized: boolean;
  groups: readonly string[];
  unit: UnitPair | null;
  notes: string;
  showUngrouped: boolean;
  /** Rows without a value are drawn too. */
  metricless?: boolean;
  noun?: string;
}

function Hexagons(props: HexagonsProps) {
  const {
    table,
    style,
    sized,
    groups,
    unit,
    notes,
    showUngrouped,
    metricless = false,
    noun = "host",
  } = props;
  const [frame, size] = useSize<HTMLDivElement>();
  const keys = groups.map((key) => table.groups.indexOf(key)).filter((at) => at >= 0);
  const rows = table.rows.filter(
    (row) =>
      (metricless || (row.values[0] !== null && row.values[0] !== undefined)) &&
      (showUngrouped || keys.every((at) => row.tags[at] && row.tags[at] !== "N/A")),
  );
  const blocks = useMemo(() => grouped(rows, table.groups, groups), [rows, table.groups, groups]);
  const layout = useMemo(
    () =>
      layoutHexagons(
        blocks.map(({ name, rows: own }) => ({ name, count: own.length })),
        Math.max(1, size.width),
        Math.max(1, size.height),
      ),
    [blocks, size.width, size.height],
  );
  if (rows.length === 0)
    return <NoData title={`No ${noun} reports this metric in the selected time range`} />;
  const values = rows.flatMap((row) => row.values[0] ?? []);
  const bound = (given: unknown, own: number) =>
    given !== undefined && given !== "" && Number.isFinite(Number(given)) ? Number(given) : own;
  const least = bound(style.fill_min, Math.min(...values));
  const most = bound(style.fill_max, Math.max(...values));
  const largest = Math.max(0, ...rows.map((row) => Math.abs(row.values[1] ?? 0)));
  const names = nameIndexes(table.groups, groups);
  const own = table.groups.indexOf(`${noun}_name`);
  const format = new NumberFormat(unit);
  return (
    <div ref={frame} className={css.hostmap}>
      <svg width={size.width} height={layout.height} role="img" aria-label={counted(rows.length, noun)}>
        {layout.blocks.map((block, at) => (
          <g key={block.name}>
            {blocks.length > 1 && (
              <text x={block.x} y={block.y + 14} fontSize="12" fontWeight="600" fill="var(--text-2)">
                {block.name}
              </text>
            )}
            {blocks[at]!.rows.map((row, i) => {
              const share = most > least ? ((row.values[0] ?? 0) - least) / (most - least) : 0.5;
              const by = sized && largest > 0 ? Math.sqrt(Math.abs(row.values[1] ?? 0) / largest) : 1;
              return (
                <Hexagon
                  key={row.tags.join()}
                  name={
                    names
                      .map((index) => row.tags[index])
                      .filter(Boolean)
                      .join(", ") || "all hosts"
                  }
                  label={row.tags[own]}
                  center={block.centers[i]!}
                  radius={layout.radius * (0.35 + 0.65 * by)}
                  share={style.palette_flip ? 1 - share : share}
                  palette={row.values[0] === null ? null : (style.palette ?? "green_to_orange")}
                  text={row.values[0] === null ? "N/A" : format.format(row.values[0])}
                />
              );
            })}
          </g>
        ))}
      </svg>
      {notes && <p className="muted">{notes}</p>}
    </div>
  );
}

/** Below this radius a name would be too small to read. */
const NAMED_RADIUS = 20;

interface HexagonProps {
  name: string;
  /** What is written in it, where that is not the whole name. */
  label?: string;
  center: [number, number];
  radius: number;
  share: number;
  /** Null for a host without a value. */
  palette: string | null;
  text: string;
}

function Hexagon({ name, label = name, center, radius, share, palette, text }: HexagonProps) {
  const font = Math.min(12, radius * 0.36);
  const letters = Math.floor((radius * 1.6) / (font * 0.6));
  return (
    <g>
      <title>{`${name}: ${text}`}</title>
      <polygon
        points={hexagonPoints(center, radius)}
        fill={palette ? `var(${fillVariable(palette, share)})` : "var(--nodata-soft)"}
      />
      {radius >= NAMED_RADIUS && (
        <text
          x={center[0]}
          y={center[1]}
          className={css.hexName}
          fontSize={font}
          data-diverging={(palette && isDiverging(palette)) || undefined}
          data-far={(palette && isDarkFill(palette, share)) || undefined}
        >
          <tspan x={center[0]} dy="-0.1em">
            {shorten(label, letters)}
          </tspan>
          <tspan x={center[0]} dy="1.2em">
            {text}
          </tspan>
        </text>
      )}
    </g>
  );
}
