/** Host map: a hexagon a host, grouped by a tag, colored by a reading or by any metric. */

import { useEffect, useMemo, useRef, useState } from "react";
import { type Host, problemsOf, useHosts } from "~/api/hosts";
import { useMetricNames, useScalars } from "~/api/metrics";
import { hexagonPoints, layoutHexagons } from "~/core/hexmap";
import { groupHosts, matchesHost, tagKeys } from "~/core/hosts";
import { counted } from "~/core/labels";
import { rampVariable } from "~/core/palette";
import { NumberFormat, type UnitPair } from "~/core/units";
import { FirstRun } from "~/pages/sources/firstRun";
import { Page } from "~/shell/page";
import { useTimeRange } from "~/shell/timeRange";
import { useUrlState } from "~/shell/url";
import { Async, Combobox, Panel, SearchInput, Toolbar } from "~/ui";
import css from "./hostMap.module.css";
import { HostPanel } from "./hostPanel";
import { NoHosts } from "./noHosts";

/** Readings that arrive with the list of hosts, and how far their scale goes. */
const READINGS = {
  "% CPU utilized": { field: "cpu", unit: [{ name: "percent" }], most: 100 },
  "% CPU waiting for disks": { field: "iowait", unit: [{ name: "percent" }], most: 100 },
  "% memory used": { field: "memory", unit: [{ name: "percent" }], most: 100 },
  "Load per core": { field: "load", unit: null, most: 1 },
} as const;

const DEFAULT = "% CPU utilized";

interface Coloring {
  value: (host: Host) => number | null;
  unit: UnitPair | null;
  least: number;
  most: number;
}

export default function HostMap() {
  const hosts = useHosts();
  const [filter, setFilter] = useUrlState("filter");
  const [group, setGroup] = useUrlState("groupby");
  const [fill, setFill] = useUrlState("fillby", DEFAULT);
  const [selected, setSelected] = useUrlState("host");
  const names = useMetricNames(4);
  const shown = useMemo(
    () => (hosts.data ?? []).filter((host) => matchesHost(host, filter)),
    [hosts.data, filter],
  );
  const coloring = useColoring(fill, shown);
  const metrics = useMemo(() => [...Object.keys(READINGS), ...(names.data ?? [])], [names.data]);
  return (
    <Page title="Host map" crumbs={[{ label: "Infrastructure", href: "/infrastructure" }]} time fill>
      <FirstRun />
      <Toolbar>
        <div data-grow>
          <SearchInput
            main
            value={filter}
            onChange={setFilter}
            placeholder="Filter by name or tag, env:prod web-*"
          />
        </div>
        <span className={css.choice}>
          Group by
          <Combobox
            label="Group by"
            placeholder="tag"
            value={group || null}
            options={tagKeys(hosts.data ?? [])}
            onChange={(value) => setGroup(value ?? "")}
          />
        </span>
        <span className={css.choice}>
          Color by
          <Combobox
            label="Color by"
            value={fill}
            options={metrics}
            onChange={(value) => setFill(value ?? DEFAULT)}
          />
        </span>
      </Toolbar>
      <Panel style={{ flex: 1 }}>
        <Async query={hosts}>
          {(all) =>
            shown.length === 0 ? (
              <NoHosts some={all.length > 0} onClear={() => setFilter("")} />
            ) : (
              <>
                <Hexagons
                  hosts={shown}
                  group={group}
                  coloring={coloring}
                  selected={selected}
                  onSelect={setSelected}
                />
                <Legend coloring={coloring} shown={shown.length} all={all.length} />
              </>
            )
          }
        </Async>
      </Panel>
      {selected && <HostPanel key={selected} name={selected} onClose={() => setSelected("")} />}
    </Page>
  );
}

function useColoring(fill: string, hosts: readonly Host[]): Coloring {
  const { range } = useTimeRange();
  const reading = READINGS[fill as keyof typeof READINGS];
  const columns = useScalars(
    { queries: [{ query: `avg:${fill}{*} by {host}`, aggregator: "last" }], enabled: !reading },
    range,
  ).data;
  return useMemo(() => {
    if (reading) {
      const { field, unit, most } = reading;
      return { value: (host) => host[field], unit, least: 0, most };
    }
    const groups = columns?.find((column) => column.type === "group");
    const numbers = columns?.find((column) => column.type === "number");
    const values = new Map(
      (groups?.values ?? []).map((value, i) => [
        String((value as string[])[0]),
        numbers?.values[i] as number | null,
      ]),
    );
    const present = hosts.map((host) => values.get(host.name)).filter((value) => value != null) as number[];
    const most = Math.max(...present, 0) || 1;
    const unit = numbers?.meta?.unit ?? null;
    return { value: (host) => values.get(host.name) ?? null, unit, least: Math.min(0, ...present), most };
  }, [reading, columns, hosts]);
}

interface HexagonsProps {
  hosts: readonly Host[];
  group: string;
  coloring: Coloring;
  selected: string;
  onSelect: (name: string) => void;
}

function Hexagons({ hosts, group, coloring, selected, onSelect }: HexagonsProps) {
  const frame = useRef<HTMLDivElement>(null);
  const [size, setSize] = useState({ width: 0, height: 0 });
  useEffect(() => {
    const observer = new ResizeObserver(([entry]) => {
      const { width, height } = entry!.contentRect;
      setSize({ width, height });
    });
    observer.observe(frame.current!);
    return () => observer.disconnect();
  }, []);
  const groups = useMemo(() => groupHosts(hosts, group), [hosts, group]);
  const layout = useMemo(
    () =>
      layoutHexagons(
        groups.map((one) => ({ name: one.name, count: one.hosts.length })),
        size.width,
        size.height,
      ),
    [groups, size],
  );
  return (
    <div ref={frame} className={css.map}>
      {size.width > 0 && (
        <svg
          width={size.width}
          height={Math.max(layout.height, 1)}
          role="group"
          aria-label={counted(hosts.length, "host")}
        >
          {layout.blocks.map((block, i) => (
            <g key={block.name}>
              {block.name !== "" && (
                <text className={css.label} x={block.x} y={block.y + 14}>
                  {block.name} <tspan className={css.count}>{block.centers.length}</tspan>
                </text>
              )}
              {groups[i]!.hosts.map((host, k) => (
                <Hexagon
                  key={host.name}
                  host={host}
                  center={block.centers[k]!}
                  radius={layout.radius}
                  coloring={coloring}
                  selected={host.name === selected}
                  onSelect={() => onSelect(host.name)}
                />
              ))}
            </g>
          ))}
        </svg>
      )}
    </div>
  );
}

interface HexagonProps {
  host: Host;
  center: [number, number];
  radius: number;
  coloring: Coloring;
  selected: boolean;
  onSelect: () => void;
}

function Hexagon({ host, center, radius, coloring, selected, onSelect }: HexagonProps) {
  const value = coloring.value(host);
  const share = value === null ? null : (value - coloring.least) / (coloring.most - coloring.least);
  const problems = problemsOf(host).length;
  const said = value === null ? "no value" : new NumberFormat(coloring.unit).format(value);
  const state = host.up ? "" : ", not reporting";
  const label = `${host.name}: ${said}${state}${problems > 0 ? `, ${problems} agent problems` : ""}`;
  // Text on the dark end of the ramp needs the light color, which the end itself has.
  const far = share !== null && share > 0.5;
  return (
    <g
      className={css.hexagon}
      role="button"
      tabIndex={0}
      aria-pressed={selected}
      data-up={host.up}
      onClick={onSelect}
      onKeyDown={(event) => event.key === "Enter" && onSelect()}
    >
      <title>{label}</title>
      <polygon
        points={hexagonPoints(center, radius)}
        fill={share === null ? "var(--surface-3)" : `var(${rampVariable("heat", share)})`}
      />
      {radius >= 26 && (
        <text x={center[0]} y={center[1]} className={css.name} data-far={far || undefined}>
          {host.name.length > radius / 4 ? `${host.name.slice(0, Math.floor(radius / 4) - 1)}…` : host.name}
        </text>
      )}
      {radius >= 34 && value !== null && (
        <text x={center[0]} y={center[1] + 14} className={css.name} data-far={far || undefined}>
          {said}
        </text>
      )}
      {problems > 0 && (
        <text x={center[0]} y={center[1] - radius * 0.5} className={css.problem}>
          ◆
        </text>
      )}
    </g>
  );
}

function Legend({ coloring, shown, all }: { coloring: Coloring; shown: number; all: number }) {
  const format = new NumberFormat(coloring.unit);
  return (
    <div className={css.legend}>
      <i className={css.ramp} />
      <span className="num">
        {format.format(coloring.least)} – {format.format(coloring.most)}
      </span>
      <span className={css.none}>
        <i /> no value
      </span>
      <span className={css.total}>
        {shown === all ? all : `${shown} of ${all}`} {all === 1 ? "host" : "hosts"}
      </span>
    </div>
  );
}
