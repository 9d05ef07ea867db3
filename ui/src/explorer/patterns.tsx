/** Patterns: clusters of alike messages with their count, trend and the values of their variable parts. */
import { Fragment, useState } from "react";
import { useLocation } from "wouter";
import { type TimeRange, timeAsked } from "~/core/time";
import { Async, Button, CodeBlock, Drawer, Empty, Notice, Properties, useFormer } from "~/ui";
import { type Pattern, usePatterns } from "./api";
import { download, formatWhole, toCsv } from "./format";
import css from "./panels.module.css";
import { STATUS_COLORS } from "./types";

interface PatternsProps {
  source: string;
  query: string;
  range: TimeRange;
  onText: (text: string) => void;
  onExclude: (text: string) => void;
  /** The page that creates a monitor of a pattern. */
  /** Where a monitor of a pattern is created; nowhere of what no monitor reads. */
  monitorLink?: (pattern: Pattern) => string;
}

const VARIABLE = "<*>";

export function Patterns({ source, query, range, onText, onExclude, monitorLink }: PatternsProps) {
  const found = usePatterns(source, query, range, true);
  const former = useFormer(found, query, timeAsked(range));
  const [open, setOpen] = useState<Pattern>();
  return (
    <Async query={found} text={query} former={former}>
      {({ patterns, total, sampled }) =>
        patterns.length === 0 ? (
          <Empty title="No data in the selected time range" />
        ) : (
          <div className={css.patterns}>
            <div className={css.patternsHead}>
              <b className="num">{formatWhole(patterns.length)}</b>{" "}
              {patterns.length === 1 ? "pattern" : "patterns"} of{" "}
              <span className="num">{formatWhole(total)}</span>
              {sampled < total && (
                <Notice state="info">
                  From a sample of {formatWhole(sampled)} of {formatWhole(total)}; counts are estimates.
                </Notice>
              )}
              <span className={css.grow} />
              <Button
                size="small"
                icon="download"
                onClick={() =>
                  download(
                    "patterns.csv",
                    toCsv(
                      ["count", "status", "pattern"],
                      patterns.map((one) => [String(one.count), one.status, one.pattern]),
                    ),
                  )
                }
              >
                CSV
              </Button>
            </div>
            <ul>
              {patterns.map((one) => (
                <li key={`${one.pattern} ${one.count}`}>
                  <button type="button" onClick={() => setOpen(one)}>
                    <span className="num">{formatWhole(one.count)}</span>
                    <Trend numbers={one.trend} color={STATUS_COLORS[one.status] ?? "--info"} />
                    <span className={css.template}>
                      <Template pattern={one} />
                    </span>
                  </button>
                </li>
              ))}
            </ul>
            {open && (
              <Drawer title="Pattern" open onClose={() => setOpen(undefined)} width={720}>
                <PatternPanel
                  pattern={open}
                  onText={onText}
                  onExclude={onExclude}
                  monitorLink={monitorLink}
                />
              </Drawer>
            )}
          </div>
        )
      }
    </Async>
  );
}

function Trend({ numbers, color }: { numbers: readonly number[]; color: string }) {
  const most = Math.max(...numbers, 1);
  return (
    <svg
      className={css.trend}
      viewBox={`0 0 ${numbers.length * 3} 18`}
      preserveAspectRatio="none"
      aria-hidden="true"
    >
      {numbers.map((number, at) => {
        const height = number > 0 ? Math.max((number / most) * 18, 1.5) : 0;
        return (
          <rect key={at} x={at * 3} y={18 - height} width={2.4} height={height} fill={`var(${color})`} />
        );
      })}
    </svg>
  );
}

/** The template with its variable parts marked; their values are shown on hover. */
function Template({ pattern }: { pattern: Pattern }) {
  return pattern.pattern.split(VARIABLE).map((text, at) => (
    <Fragment key={at}>
      {at > 0 && (
        <mark
          title={(pattern.values[at - 1] ?? []).map(([value, count]) => `${count} × ${value}`).join("\n")}
        >
          *
        </mark>
      )}
      {text}
    </Fragment>
  ));
}

function PatternPanel({
  pattern,
  onText,
  onExclude,
  monitorLink,
}: { pattern: Pattern } & Pick<PatternsProps, "onText" | "onExclude" | "monitorLink">) {
  const [, navigate] = useLocation();
  return (
    <div className={css.details}>
      <p className={css.template}>
        <Template pattern={pattern} />
      </p>
      <div className={css.buttons}>
        <Button icon="filter" disabled={!pattern.query} onClick={() => onText(pattern.query)}>
          Filter by pattern
        </Button>
        <Button disabled={!pattern.query} onClick={() => onExclude(pattern.query)}>
          Exclude pattern
        </Button>
        {monitorLink && (
          <Button
            icon="bell"
            needs="monitors_write"
            disabled={!pattern.query}
            onClick={() => navigate(monitorLink(pattern))}
          >
            Create monitor
          </Button>
        )}
      </div>
      <Properties
        items={[
          ["Count", formatWhole(pattern.count)],
          ["Status", pattern.status],
        ]}
      />
      {pattern.values.map((values, at) => (
        <details key={at} open={at < 3}>
          <summary>Variable {at + 1}</summary>
          <ul className={css.partValues}>
            {values.map(([value, count]) => (
              <li key={value}>
                <span className="num">{formatWhole(count)}</span> <code>{value}</code>
              </li>
            ))}
          </ul>
        </details>
      ))}
      <h4>Samples</h4>
      {pattern.samples.map((sample, at) => (
        <CodeBlock key={at} code={sample} wrap />
      ))}
    </div>
  );
}
