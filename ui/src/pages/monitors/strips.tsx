/** The state of each group over time, one strip a group, and why a group is in its state. */
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { request } from "~/api/client";
import { formatAgo, formatMoment } from "~/core/time";
import { formatDuration, formatValue, type UnitPair } from "~/core/units";
import { Async, Drawer, Empty, Notice, Properties, Status } from "~/ui";
import { STATES } from "./api";
import css from "./strips.module.css";

interface Strip {
  group: string;
  /** UNIX seconds. */
  segments: { start: number; end: number; state: string }[];
  seconds: Record<string, number>;
}

interface Timeline {
  strips: Strip[];
  groups: number;
  start: number;
  end: number;
}

interface Explanation {
  group: string;
  state: string;
  since: number | null;
  value: number | null;
  judged: string;
  stored: number | null;
  last_data: number | null;
  comparator: string;
  thresholds: Record<string, number>;
  window_start: number | null;
  window_end: number | null;
  evaluated: number | null;
  notified: number | null;
  muted: { id: number; scope: string; message: string; end: number | null }[];
  problem: string;
  draft: boolean;
}

interface Props {
  monitor: number;
  /** UNIX milliseconds. */
  from: number;
  to: number;
  unit?: UnitPair | null;
}

export function StateStrips({ monitor, from, to, unit }: Props) {
  const [open, setOpen] = useState<string>();
  const [start, end] = [Math.floor(from / 1000), Math.ceil(to / 1000)];
  const query = useQuery({
    queryKey: ["monitor-timeline", monitor, start, end],
    queryFn: ({ signal }) =>
      request<Timeline>("GET", `/api/ui/monitors/${monitor}/timeline`, { query: { start, end }, signal }),
    placeholderData: (before) => before,
  });
  return (
    <Async query={query}>
      {(timeline) =>
        timeline.strips.length === 0 ? (
          <Empty title="Not evaluated yet">The first evaluation comes within a minute.</Empty>
        ) : (
          <div className={css.strips}>
            {timeline.strips.map((strip) => (
              <Row
                key={strip.group}
                strip={strip}
                start={timeline.start}
                end={timeline.end}
                onOpen={() => setOpen(strip.group)}
              />
            ))}
            <div className={css.axis}>
              <span className="muted">
                {timeline.groups > timeline.strips.length &&
                  `the ${timeline.strips.length} worst of ${timeline.groups} groups`}
              </span>
              <span className="muted num">{formatMoment(timeline.start * 1000, false)}</span>
              <span className="muted num">{formatMoment(timeline.end * 1000, false)}</span>
            </div>
            <Drawer
              title={`Why: ${open === "*" ? "all groups" : open}`}
              open={open !== undefined}
              onClose={() => setOpen(undefined)}
              width={520}
            >
              {open !== undefined && <Why monitor={monitor} group={open} unit={unit} />}
            </Drawer>
          </div>
        )
      }
    </Async>
  );
}

interface RowProps {
  strip: Strip;
  start: number;
  end: number;
  onOpen: () => void;
}

function Row({ strip, start, end, onOpen }: RowProps) {
  const span = Math.max(end - start, 1);
  const last = strip.segments.at(-1);
  const now = last && last.end >= end - 1 ? last.state : "";
  const troubled = Object.entries(strip.seconds)
    .filter(([state]) => state !== "OK")
    .map(([state, seconds]) => `${state} ${formatDuration(seconds)}`)
    .join(", ");
  return (
    <button type="button" className={css.row} onClick={onOpen} title="Why is it in this state?">
      <span className={css.name}>
        <Status state={STATES[now] ?? "nodata"}>{now || "gone"}</Status>
        <span className="truncate">{strip.group === "*" ? "all" : strip.group}</span>
      </span>
      <svg
        viewBox="0 0 1000 18"
        preserveAspectRatio="none"
        height={18}
        role="img"
        aria-label={troubled || "OK"}
      >
        {strip.segments.map((segment) => (
          <rect
            key={segment.start}
            x={(1000 * (segment.start - start)) / span}
            width={Math.max((1000 * (segment.end - segment.start)) / span, segment.state === "OK" ? 0 : 1.5)}
            y={0}
            height={18}
            className={css.segment}
            data-state={STATES[segment.state] ?? "nodata"}
          >
            <title>{`${segment.state}: ${formatMoment(segment.start * 1000)} to ${formatMoment(segment.end * 1000)}`}</title>
          </rect>
        ))}
      </svg>
    </button>
  );
}

function Why({ monitor, group, unit }: { monitor: number; group: string; unit?: UnitPair | null }) {
  const query = useQuery({
    queryKey: ["monitor-explain", monitor, group],
    queryFn: ({ signal }) =>
      request<Explanation>("GET", `/api/ui/monitors/${monitor}/explain`, { query: { group }, signal }),
    refetchInterval: 15_000,
  });
  const at = (seconds: number | null) =>
    seconds ? `${formatMoment(seconds * 1000)} (${formatAgo(seconds * 1000, Date.now())})` : "never";
  return (
    <Async query={query}>
      {(found) => (
        <>
          {found.problem && <Notice state="alert">{found.problem}</Notice>}
          {found.draft && <Notice state="info">A draft notifies nobody.</Notice>}
          <Properties
            items={[
              [
                "State",
                <Status key="s" state={STATES[found.state] ?? "nodata"}>
                  {found.state}
                </Status>,
              ],
              ["Since", at(found.since)],
              [
                "Value now",
                found.value === null
                  ? found.judged && found.judged !== "No Data"
                    ? `judged ${found.judged}`
                    : "no data in the window"
                  : `${formatValue(found.value, unit)}${found.judged ? `, which is ${found.judged}` : ""}`,
              ],
              [
                "Value at the last evaluation",
                found.stored === null ? "none" : formatValue(found.stored, unit),
              ],
              ...Object.entries(found.thresholds).map(
                ([name, value]) =>
                  [
                    THRESHOLDS[name] ?? name,
                    `${["ok", "unknown"].includes(name) || name.endsWith("recovery") ? "" : `${found.comparator} `}${formatValue(value, unit)}`,
                  ] as const,
              ),
              ...(found.window_start && found.window_end
                ? [
                    [
                      "Window",
                      `${formatMoment(found.window_start * 1000)} to ${formatMoment(found.window_end * 1000)}`,
                    ] as const,
                  ]
                : []),
              ["Last data", at(found.last_data)],
              ["Last evaluated", at(found.evaluated)],
              ["Last notified", at(found.notified)],
              ["Muted by", found.muted.length === 0 ? "nothing" : <Mutes key="m" mutes={found.muted} />],
            ]}
          />
        </>
      )}
    </Async>
  );
}

const THRESHOLDS: Record<string, string> = {
  critical: "Alert",
  warning: "Warning",
  critical_recovery: "Alert recovery",
  warning_recovery: "Warning recovery",
  ok: "OK after",
  unknown: "Unknown after",
};

function Mutes({ mutes }: { mutes: Explanation["muted"] }) {
  return (
    <ul className={css.mutes}>
      {mutes.map((mute) => (
        <li key={`${mute.id} ${mute.scope}`}>
          {mute.id ? `Downtime ${mute.id}` : "Muted on this monitor"}: <code>{mute.scope || "*"}</code>{" "}
          {mute.end ? `until ${formatMoment(mute.end * 1000)}` : "without an end"}
          {mute.message && `: ${mute.message}`}
        </li>
      ))}
    </ul>
  );
}
