/** Columns of requests, errors and latency that the tables of APM share. */
import { formatDuration, writeNumber } from "~/core/units";
import { type Column, Status } from "~/ui";

export const percent = (share: number) => `${writeNumber(share * 100)}\u2009%`;

type Percentile = "p50" | "p95" | "p99";

export function rateColumn<Row extends { hits_per_second: number }>(): Column<Row> {
  return {
    key: "hits",
    title: "Requests/s",
    number: true,
    sort: (row) => row.hits_per_second,
    cell: (row) => writeNumber(row.hits_per_second),
  };
}

export function errorsColumn<Row extends { errors: number; error_rate: number }>(): Column<Row> {
  return {
    key: "errors",
    title: "Errors",
    number: true,
    sort: (row) => row.error_rate,
    cell: (row) => (row.errors > 0 ? <Status state="alert">{percent(row.error_rate)}</Status> : percent(0)),
  };
}

export function latencyColumns<P extends Percentile, Row extends Record<P, number>>(
  ...percentiles: P[]
): Column<Row>[] {
  return percentiles.map((key) => ({
    key,
    title: key,
    number: true,
    sort: (row) => row[key],
    cell: (row) => formatDuration(row[key]),
  }));
}
