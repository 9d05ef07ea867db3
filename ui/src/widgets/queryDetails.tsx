/** How a query was answered: the table read, rows, series, and milliseconds by stage. */

import type { ReactNode } from "react";
import { type Explanation, useExplanation } from "~/api/metrics";
import { counted } from "~/core/labels";
import type { TimeRange } from "~/core/time";
import { Async, Button, Dialog, Popover, Properties } from "~/ui";

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
    <Dialog title="Query details" open onClose={onClose} width={640}>
      <Details {...props} />
    </Dialog>
  );
}

function Details({ texts, range, display }: QueryDetailsProps) {
  const text = texts.join(", ");
  const query = useExplanation(text, range, display);
  return (
    <Async query={query} text={text}>
      {(found) => <Properties items={facts(found)} />}
    </Async>
  );
}

/** Names are numbered: the parts of a window may be read from several tables. */
function facts(found: Explanation): [string, ReactNode][] {
  const lines = found.expressions.map((one, i): [string, ReactNode] => [
    `${i + 1}. ${one.expression}`,
    `${counted(one.groups, "group")}, ${counted(one.points, "point")}, one each ${one.interval} s`,
  ]);
  const reads = found.reads.map((read, i): [string, ReactNode] => [
    `Read ${i + 1}: ${read.metric}`,
    `${read.rows} rows of ${read.series} series from ${read.table} in ${read.milliseconds} ms`,
  ]);
  const stages = Object.entries(found.stages).map(([name, spent]): [string, ReactNode] => [
    `Stage: ${name}`,
    `${spent} ms`,
  ]);
  const notes = found.notes.map((note, i): [string, ReactNode] => [`Note ${i + 1}`, note]);
  return [...lines, ...reads, ...stages, ...notes];
}
