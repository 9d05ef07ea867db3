/** One SLO: its status over each time window, the budget over time, groups, corrections, definition. */

import { type ReactElement, useMemo, useState } from "react";
import { useLocation, useParams } from "wouter";
import { fromV1 } from "~/core/response";
import { RestrictionDialog } from "~/pages/permissions/restriction";
import { Page } from "~/shell/page";
import {
  Async,
  Button,
  type Column,
  Confirm,
  DataTable,
  Notice,
  Panel,
  Properties,
  Segments,
  Status,
  TagList,
  toast,
} from "~/ui";
import { chartSpec } from "~/widgets/chartSpec";
import { TimeseriesChart } from "~/widgets/timeseries/chart";
import {
  type History,
  type Member,
  type Slo,
  STATES,
  TIMEFRAMES,
  TYPES,
  useSlo,
  useSloChange,
  useSloHistory,
} from "./api";
import { answerOf, budgetLeft } from "./budget";
import { Corrections } from "./corrections";
import { leftOf, percent } from "./format";
import { UptimeStrip } from "./strip";

const CRUMBS = [{ label: "SLOs", href: "/slo/manage" }];

export default function SloPage() {
  const { id = "" } = useParams<{ id: string }>();
  const query = useSlo(id);
  if (!query.data) {
    return (
      <Page title="SLO" crumbs={CRUMBS}>
        <Async query={query}>{() => null}</Async>
      </Page>
    );
  }
  return <Loaded slo={query.data} />;
}

function Loaded({ slo }: { slo: Slo }) {
  const [timeframe, setTimeframe] = useState(slo.timeframe);
  const [end] = useState(() => Math.floor(Date.now() / 60_000) * 60);
  const from = end - (TIMEFRAMES[timeframe] ?? 7) * 86_400;
  const history = useSloHistory(slo.id, from, end);
  const threshold = slo.thresholds.find((one) => one.timeframe === timeframe) ?? slo.thresholds[0]!;
  const overall = history.data?.overall;
  const aside = overall && <Status state={STATES[overall.state].state}>{STATES[overall.state].label}</Status>;
  return (
    <Page
      title={slo.name}
      crumbs={CRUMBS}
      aside={aside}
      actions={<Actions slo={slo} timeframe={timeframe} />}
    >
      <div style={{ display: "grid", gap: "var(--s-4)" }}>
        {slo.thresholds.length > 1 && (
          <div>
            <Segments
              label="Time window"
              value={timeframe}
              onChange={setTimeframe}
              options={slo.thresholds.map((one) => ({
                value: one.timeframe,
                label: `Past ${one.timeframe}`,
              }))}
            />
          </div>
        )}
        <Async query={history}>
          {(answer) => (
            <>
              {answer.overall.errors.map((error) => (
                <Notice key={error.error_type} state="warn">
                  {error.error_message}
                </Notice>
              ))}
              <Numbers
                answer={answer}
                target={threshold.target}
                timeframe={timeframe}
                warning={threshold.warning}
              />
              <Budget answer={answer} target={threshold.target} timeframe={timeframe} from={from} to={end} />
              <Members answer={answer} timeframe={timeframe} />
            </>
          )}
        </Async>
        <Corrections slo={slo} />
        <Panel title="Definition">
          <div style={{ padding: "0 var(--s-5) var(--s-5)" }}>
            <Definition slo={slo} />
          </div>
        </Panel>
      </div>
    </Page>
  );
}

interface NumbersProps {
  answer: History;
  target: number;
  warning?: number;
  timeframe: string;
}

function Numbers({ answer, target, warning, timeframe }: NumbersProps) {
  const { overall } = answer;
  const left = overall.error_budget_remaining[timeframe];
  const items: [string, string][] = [
    [`SLI, past ${timeframe}`, percent(overall.sli_value, overall.span_precision)],
    ["Target", `${target}%${warning === undefined ? "" : ` · warning ${warning}%`}`],
    [
      "Error budget left",
      left === undefined ? "–" : `${percent(left, 1)} · ${leftOf(overall.raw_error_budget_remaining)}`,
    ],
  ];
  return (
    <Panel>
      <dl
        style={{
          display: "flex",
          gap: "var(--s-8)",
          flexWrap: "wrap",
          padding: "var(--s-4) var(--s-5)",
          margin: 0,
        }}
      >
        {items.map(([label, value]) => (
          <div key={label}>
            <dt className="muted">{label}</dt>
            <dd style={{ margin: 0, fontSize: "var(--text-xl, 20px)", fontVariantNumeric: "tabular-nums" }}>
              {value}
            </dd>
          </div>
        ))}
      </dl>
    </Panel>
  );
}

interface BudgetProps {
  answer: History;
  target: number;
  timeframe: string;
  from: number;
  to: number;
}

function Budget({ answer, target, timeframe, from, to }: BudgetProps) {
  const spec = useMemo(() => {
    const { series } = answer;
    if (!series || series.times.length === 0) return null;
    const left = budgetLeft(series.numerator.values, series.denominator.values, target);
    const line = fromV1(answerOf("error budget left", series.times, left, series.interval));
    const window = { from: from * 1000, to: to * 1000 };
    const percents = line.series.map((one) => ({ ...one, unit: [{ name: "percent" }] as const }));
    return chartSpec({ type: "timeseries" }, [{}], [percents], window);
  }, [answer, target, from, to]);
  if (answer.overall.history) {
    return (
      <Panel title="Uptime">
        <div style={{ padding: "0 var(--s-5) var(--s-5)" }}>
          <UptimeStrip
            history={answer.overall.history}
            from={from}
            to={to}
            corrections={answer.overall.corrections}
          />
        </div>
      </Panel>
    );
  }
  if (!spec) return null;
  return (
    <Panel
      title={`Error budget left over the past ${timeframe}`}
      hint={answer.overall.corrections.length > 0 ? "before corrections" : undefined}
    >
      <TimeseriesChart spec={spec} height={220} legend="compact" />
    </Panel>
  );
}

function Members({ answer, timeframe }: { answer: History; timeframe: string }) {
  const rows = answer.groups ?? answer.monitors ?? [];
  if (rows.length === 0) return null;
  const columns: Column<Member>[] = [
    {
      key: "state",
      title: "Status",
      width: "120px",
      sort: (one) => one.sli_value,
      cell: (one) => <Status state={STATES[one.state].state}>{STATES[one.state].label}</Status>,
    },
    {
      key: "name",
      title: answer.groups ? "Group" : "Monitor",
      sort: (one) => one.name,
      cell: (one) => one.name,
    },
    {
      key: "sli",
      title: "SLI",
      width: "140px",
      number: true,
      sort: (one) => one.sli_value,
      cell: (one) => percent(one.sli_value, one.span_precision),
    },
    {
      key: "left",
      title: "Error budget left",
      width: "160px",
      number: true,
      sort: (one) => one.error_budget_remaining[timeframe],
      cell: (one) => percent(one.error_budget_remaining[timeframe], 1),
    },
  ];
  return (
    <Panel title={answer.groups ? "Groups" : "Monitors"}>
      <div style={{ height: Math.min(320, 40 + rows.length * 30) }}>
        <DataTable label="Groups" rows={rows} columns={columns} rowKey={(one) => one.name} />
      </div>
    </Panel>
  );
}

function Definition({ slo }: { slo: Slo }) {
  const slice = slo.sli_specification?.time_slice;
  const mono = (text: string) => (
    <code key={text} className="mono" style={{ overflowWrap: "anywhere" }}>
      {text}
    </code>
  );
  return (
    <Properties
      items={[
        ["Type", TYPES.find((type) => type.value === slo.type)?.label ?? slo.type],
        ...(slo.description ? [["Description", slo.description] as [string, string]] : []),
        ...(slo.query
          ? ([
              ["Good events", mono(slo.query.numerator)],
              ["Total events", mono(slo.query.denominator)],
            ] as [string, ReactElement][])
          : []),
        ...(slo.monitor_ids ? [["Monitors", slo.monitor_ids.join(", ")] as [string, string]] : []),
        ...(slice
          ? ([
              [
                "Uptime is",
                mono(
                  `${slice.query.queries.map((one) => one.query).join(", ")} ${slice.comparator} ${slice.threshold}`,
                ),
              ],
            ] as [string, ReactElement][])
          : []),
        ["Tags", slo.tags.length ? <TagList key="tags" tags={slo.tags} /> : "none"],
        ["Created by", slo.creator?.name || slo.creator?.email || "unknown"],
      ]}
    />
  );
}

/** A burn rate alert that fires when 2 percent of a month's budget, or as much of another's, goes in an hour. */
export function burnAlert(slo: Pick<Slo, "id">, timeframe: string): string {
  const rates: Record<string, string> = { "7d": "16.8", "30d": "14.4", "90d": "21.6" };
  const rate = rates[timeframe] ?? "14.4";
  return `burn_rate("${slo.id}").over("${timeframe}").long_window("1h").short_window("5m") > ${rate}`;
}

function Actions({ slo, timeframe }: { slo: Slo; timeframe: string }) {
  const [asked, setAsked] = useState(false);
  const [restricting, setRestricting] = useState(false);
  const change = useSloChange();
  const [, navigate] = useLocation();
  const remove = async () => {
    try {
      await change.mutateAsync({ method: "DELETE", path: `/api/v1/slo/${slo.id}` });
      toast("Deleted");
      navigate("/slo/manage");
    } catch (error) {
      toast((error as Error).message, "alert");
      setAsked(false);
    }
  };
  const alert = new URLSearchParams({
    type: "slo alert",
    query: burnAlert(slo, timeframe),
    name: `Burn rate: ${slo.name}`,
  });
  return (
    <>
      <Button icon="key" onClick={() => setRestricting(true)}>
        Permissions
      </Button>
      {restricting && (
        <RestrictionDialog kind="slo" id={slo.id} name={slo.name} onClose={() => setRestricting(false)} />
      )}
      <Button icon="bell" needs="monitors_write" onClick={() => navigate(`/monitors/create?${alert}`)}>
        New alert
      </Button>
      <Button icon="edit" needs="slos_write" onClick={() => navigate(`/slo/${slo.id}/edit`)}>
        Edit
      </Button>
      <Button kind="danger" icon="trash" needs="slos_write" onClick={() => setAsked(true)}>
        Delete
      </Button>
      {asked && (
        <Confirm
          title={`Delete ${slo.name}?`}
          action="Delete"
          busy={change.isPending}
          onConfirm={() => void remove()}
          onClose={() => setAsked(false)}
        >
          Its corrections are deleted too. Metrics and monitors are not affected.
        </Confirm>
      )}
    </>
  );
}
