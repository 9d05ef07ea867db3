/** How a query was answered: series chosen, tables and rows read, the rollup chosen, and the time of each stage. */

import { type Explanation, useExplanation } from "~/api/metrics";
import type { TimeRange } from "~/core/time";
import { writeNumber } from "~/core/units";
import { Async, Button, Dialog, Popover } from "~/ui";
import { Notes } from "../notes";
import css from "./details.module.css";
import { joined, lineWords, rowWords, shares, spent, tableName } from "./format";

interface QueryDetailsProps {
  texts: readonly string[];
  range: TimeRange;
  display: "line" | "bars";
}

export function QueryDetails({ texts, range, display }: QueryDetailsProps) {
  const trigger = (
    <Button size="small" kind="ghost" disabled={texts.length === 0}>
      Query details
    </Button>
  );
  return (
    <Popover label="Query details" trigger={trigger} align="end">
      <Details texts={texts} range={range} display={display} />
    </Popover>
  );
}

export function QueryDetailsDialog({ onClose, ...props }: QueryDetailsProps & { onClose: () => void }) {
  return (
    <Dialog title="Query details" open onClose={onClose} width={720}>
      <Details {...props} />
    </Dialog>
  );
}

function Details({ texts, range, display }: QueryDetailsProps) {
  const text = texts.join(", ");
  const query = useExplanation(text, range, display);
  return (
    <div className={css.details}>
      <Async query={query} text={text}>
        {(found) => (
          <>
            <Lines expressions={found.expressions} />
            <Reads reads={joined(found.reads)} />
            <Stages stages={found.stages} />
            {found.notes.length > 0 && (
              <section>
                <h3>To be known</h3>
                <Notes notes={found.notes} />
              </section>
            )}
          </>
        )}
      </Async>
    </div>
  );
}

function Lines({ expressions }: { expressions: Explanation["expressions"] }) {
  return (
    <section>
      <h3>What came out</h3>
      {expressions.map((one, i) => (
        <p key={i}>
          <code>{one.expression}</code>: {lineWords(one)}
        </p>
      ))}
    </section>
  );
}

function Reads({ reads }: { reads: Explanation["reads"] }) {
  if (reads.length === 0) return null;
  return (
    <section>
      <h3>What was read</h3>
      <table className={css.table}>
        <thead>
          <tr>
            <th>Metric</th>
            <th>From</th>
            <th data-number>Series chosen</th>
            <th data-number>Rows</th>
            <th data-number>Time</th>
          </tr>
        </thead>
        <tbody>
          {reads.map((read) => (
            <tr key={`${read.metric} ${read.table}`}>
              <td>
                <code>{read.metric}</code>
              </td>
              <td>{tableName(read.table)}</td>
              <td data-number>{writeNumber(read.series, 7)}</td>
              <td data-number>{rowWords(read)}</td>
              <td data-number>{spent(read.milliseconds)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function Stages({ stages }: { stages: Explanation["stages"] }) {
  const all = shares(stages);
  const total = all.reduce((sum, stage) => sum + stage.milliseconds, 0);
  return (
    <section>
      <h3>How long it took: {spent(total)}</h3>
      {all.map((stage) => (
        <div key={stage.name} className={css.stage}>
          {stage.name}
          <span>
            <i style={{ width: `${stage.share * 100}%` }} />
          </span>
          <b>{spent(stage.milliseconds)}</b>
        </div>
      ))}
    </section>
  );
}
