/** One synthetic test: state, response times, results, definition. */

import { useQueryClient } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { Link, useLocation, useParams } from "wouter";
import { request } from "~/api/client";
import type { ChartSpec } from "~/core/chart/model";
import { slotStyle } from "~/core/palette";
import type { UnitPair } from "~/core/units";
import { Moment } from "~/pages/settings/timestamp";
import { Page } from "~/shell/page";
import {
  Async,
  Button,
  type Column,
  Confirm,
  DataTable,
  Drawer,
  Notice,
  Panel,
  Properties,
  Status,
  TagList,
  toast,
} from "~/ui";
import { TimeseriesChart } from "~/widgets/timeseries/chart";
import {
  paths,
  type Row,
  type ShortResult,
  STATES,
  subtypeLabel,
  type Test,
  useChange,
  useResult,
  useResults,
  useTest,
  useTestState,
} from "./api";
import { assertionText, every } from "./format";
import { Outcome } from "./outcome";

const CRUMBS = [{ label: "Synthetic tests", href: "/synthetics/tests" }];
const MILLISECONDS: UnitPair = [
  { name: "millisecond", family: "time", short_name: "ms", scale_factor: 0.001 },
];
const PADDED = { padding: "0 var(--s-5) var(--s-5)" };

export default function SyntheticTestPage() {
  const { id = "" } = useParams<{ id: string }>();
  const query = useTest(id);
  if (!query.data) {
    return (
      <Page title="Synthetic test" crumbs={CRUMBS}>
        <Async query={query}>{() => null}</Async>
      </Page>
    );
  }
  return <Loaded test={query.data} />;
}

function Loaded({ test }: { test: Test }) {
  const state = useTestState(test.public_id);
  const results = useResults(test.public_id);
  const [open, setOpen] = useState<string>();
  const shown = state.data && STATES[state.data.state];
  return (
    <Page
      title={test.name}
      crumbs={CRUMBS}
      aside={shown && <Status state={shown.state}>{shown.label}</Status>}
      actions={<Actions test={test} />}
    >
      <div style={{ display: "grid", gap: "var(--s-4)" }}>
        {state.data?.last_error && (
          <Notice state={state.data.state === "failing" ? "alert" : "warn"}>{state.data.last_error}</Notice>
        )}
        <Async query={results}>
          {(found) => (
            <>
              {found.length > 0 && <ResponseTimes results={found} />}
              <Results results={found} onOpen={setOpen} />
            </>
          )}
        </Async>
        <Panel title="Definition">
          <div style={PADDED}>
            <Definition test={test} row={state.data} />
          </div>
        </Panel>
      </div>
      {open && <ResultDrawer test={test} resultId={open} onClose={() => setOpen(undefined)} />}
    </Page>
  );
}

/** Response times of the latest results, milliseconds. */
function ResponseTimes({ results }: { results: ShortResult[] }) {
  const spec = useMemo<ChartSpec>(() => {
    const sorted = results.toSorted((a, b) => a.check_time - b.check_time);
    const times = sorted.map((one) => one.check_time / 1000);
    const line = (passed: boolean) =>
      sorted.map((one) => (one.result.passed === passed ? (one.result.timings.total ?? null) : null));
    return {
      times,
      from: times[0]! - 30,
      to: times.at(-1)! + 30,
      series: [
        {
          key: "passed",
          label: "passed",
          kind: "bars",
          color: slotStyle(0).color,
          unit: MILLISECONDS,
          values: line(true),
        },
        {
          key: "failed",
          label: "failed",
          kind: "bars",
          color: "--alert",
          unit: MILLISECONDS,
          values: line(false),
        },
      ],
    };
  }, [results]);
  return (
    <Panel title="Response time" hint={`latest ${results.length} runs`}>
      <div style={PADDED}>
        <TimeseriesChart spec={spec} height={160} />
      </div>
    </Panel>
  );
}

function Results({ results, onOpen }: { results: ShortResult[]; onOpen: (id: string) => void }) {
  const columns: Column<ShortResult>[] = [
    {
      key: "status",
      title: "Status",
      width: "120px",
      sort: (one) => one.status,
      cell: (one) => (
        <Status state={one.result.passed ? "ok" : "alert"}>{one.result.passed ? "Passed" : "Failed"}</Status>
      ),
    },
    {
      key: "time",
      title: "Date",
      width: "minmax(180px, 2fr)",
      sort: (one) => one.check_time,
      cell: (one) => <Moment text={new Date(one.check_time).toISOString()} />,
    },
    {
      key: "total",
      title: "Response time",
      width: "160px",
      number: true,
      sort: (one) => one.result.timings.total ?? 0,
      cell: (one) =>
        one.result.timings.total === undefined ? "–" : `${one.result.timings.total.toFixed(1)} ms`,
    },
  ];
  return (
    <Panel title="Results">
      <div style={{ height: Math.min(360, 60 + 30 * Math.max(1, results.length)), display: "grid" }}>
        <DataTable
          label="Results"
          rows={results}
          columns={columns}
          rowKey={(one) => one.result_id}
          onRow={(one) => onOpen(one.result_id)}
          initialSort={{ key: "time", descending: true }}
          empty="No runs yet"
        />
      </div>
    </Panel>
  );
}

function ResultDrawer({ test, resultId, onClose }: { test: Test; resultId: string; onClose: () => void }) {
  const query = useResult(test.public_id, resultId);
  return (
    <Drawer title={`Result of ${test.name}`} open onClose={onClose} width={720}>
      <Async query={query}>{(found) => <Outcome result={found.result} />}</Async>
    </Drawer>
  );
}

function Definition({ test, row }: { test: Test; row: Row | undefined }) {
  const { request, assertions, steps } = test.config;
  const target = request?.url ?? [request?.host, request?.port].filter(Boolean).join(":");
  return (
    <Properties
      items={[
        ["Type", subtypeLabel(test.subtype)],
        ...(target ? [["Target", `${request?.method ?? ""} ${target}`.trim()] as const] : []),
        ...(steps ? [["Steps", String(steps.length)] as const] : []),
        ...(assertions?.length ? [["Assertions", assertions.map(assertionText).join("; ")] as const] : []),
        ["Runs every", every(test.options.tick_every)],
        [
          "Alerts after",
          test.options.min_failure_duration ? every(test.options.min_failure_duration) : "the first failure",
        ],
        ["Location", "This Heeler server"],
        [
          "Monitor",
          test.monitor_id === null ? (
            "–"
          ) : (
            <Link key="m" href={`/monitors/${test.monitor_id}`}>{`Monitor ${test.monitor_id}`}</Link>
          ),
        ],
        ["Tags", <TagList key="t" tags={row?.tags ?? test.tags} />],
        ["Message", test.message || "–"],
      ]}
    />
  );
}

function Actions({ test }: { test: Test }) {
  const [asked, setAsked] = useState(false);
  const change = useChange();
  const client = useQueryClient();
  const [, navigate] = useLocation();
  const run = async (method: string, path: string, body: unknown, said: string) => {
    try {
      await change.mutateAsync({ method, path, body });
      toast(said);
    } catch (error) {
      toast((error as Error).message, "alert");
    }
  };
  const id = test.public_id;
  const live = test.status === "live";
  const remove = async () => {
    setAsked(false);
    try {
      await request("POST", paths.remove, { body: { public_ids: [id] } });
      toast("Deleted");
      navigate("/synthetics/tests");
      await client.invalidateQueries({ queryKey: ["synthetics"], exact: true }); // what was shown here is gone
    } catch (error) {
      toast((error as Error).message, "alert");
    }
  };
  return (
    <>
      <Button
        icon="play"
        needs="synthetics_write"
        onClick={() => void run("POST", paths.trigger, { tests: [{ public_id: id }] }, "The test is running")}
      >
        Run now
      </Button>
      <Button
        needs="synthetics_write"
        onClick={() =>
          void run(
            "PUT",
            paths.status(id),
            { new_status: live ? "paused" : "live" },
            live ? "Paused" : "Resumed",
          )
        }
      >
        {live ? "Pause" : "Resume"}
      </Button>
      <Button icon="edit" needs="synthetics_write" onClick={() => navigate(`/synthetics/edit/${id}`)}>
        Edit
      </Button>
      <Button kind="danger" icon="trash" needs="synthetics_write" onClick={() => setAsked(true)}>
        Delete
      </Button>
      {asked && (
        <Confirm
          title="Delete this test?"
          action="Delete"
          onConfirm={() => void remove()}
          onClose={() => setAsked(false)}
        >
          {test.name} and its monitor are deleted, with the stored results.
        </Confirm>
      )}
    </>
  );
}
