/** What an SLI that is being defined comes to over its time window. */

import { useMemo, useState } from "react";
import { useMetrics } from "~/api/metrics";
import type { TimeRange } from "~/core/time";
import { Async, Empty } from "~/ui";
import { chartSpec } from "~/widgets/chartSpec";
import { Notes } from "~/widgets/notes";
import { TimeseriesChart } from "~/widgets/timeseries/chart";
import { type SloDraft, TIMEFRAMES } from "./api";
import { percent } from "./format";
import { counted, sliOf } from "./sli";

const DIGITS = 3;
const FORMULAS = [{ formula: "query1" }, { formula: "query2" }];

export function SliPreview({ draft }: { draft: SloDraft }) {
  const [now] = useState(() => Date.now());
  const query = draft.type === "metric" ? draft.query : undefined;
  const window = draft.timeframe in TIMEFRAMES ? draft.timeframe : "7d";
  const range = useMemo(
    () => ({ from: now - TIMEFRAMES[window]! * 86_400_000, to: now, live: false }),
    [now, window],
  );
  if (!query?.numerator.trim() || !query.denominator.trim()) return null;
  const target = draft.thresholds.find((one) => one.timeframe === window)?.target;
  return <Preview good={query.numerator} all={query.denominator} {...{ range, window, target }} />;
}

interface Props {
  good: string;
  all: string;
  range: TimeRange;
  window: string;
  target: number | undefined;
}

function Preview({ good, all, range, window, target }: Props) {
  const answer = useMetrics(
    { queries: [{ query: counted(good) }, { query: counted(all) }], formulas: FORMULAS, checked: true },
    range,
  );
  const { overall, line } = useMemo(() => sliOf(answer.data?.series ?? []), [answer.data]);
  const spec = useMemo(() => chartSpec({ type: "timeseries" }, [{}], [line], range), [line, range]);
  return (
    <Async query={answer} text={all}>
      {({ notes }) =>
        overall === null ? (
          <Empty title={`No events in the past ${window}`} />
        ) : (
          <section aria-label="Preview of the SLI">
            <p>
              SLI over the past {window}: <b>{percent(overall, DIGITS)}</b>
              {target !== undefined && <span className="muted"> (target {target}%)</span>}
            </p>
            <TimeseriesChart spec={spec} height={160} legend="none" />
            <Notes notes={notes} />
          </section>
        )
      }
    </Async>
  );
}
