"""Serializers of query results (frames) in the formats of the public API. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import orjson

from heeler.metrics.formula_request import Limit
from heeler.query.frame import Frame, Values
from heeler.query.metrics import units
from heeler.query.metrics.executor import Answer, Expression
from heeler.query.metrics.labels import expression_writer, first_aggregator, group_keys, metric_text
from heeler.query.metrics.plan import Read
from heeler.query.metrics.printer import print_node
from heeler.query.metrics.scalar import reduce_groups


def encode(body: Any) -> bytes:
    """Encode JSON; arrays are written directly from numpy, NaN and infinities as null."""
    return orjson.dumps(body, option=orjson.OPT_SERIALIZE_NUMPY)


def v1_answer(answer: Answer) -> dict[str, Any]:
    """Body of ``GET /api/v1/query``."""
    several = len(answer.expressions) > 1
    body: dict[str, Any] = {
        "status": "ok",
        "res_type": "time_series",
        "resp_version": 1,
        "query": answer.text,
        "from_date": answer.window.start * 1000,
        "to_date": answer.window.end * 1000,
        "message": "; ".join(answer.notes),
        "group_by": list(dict.fromkeys(key for item in answer.expressions for key in group_keys(item.node))),
        "series": [series for item in answer.expressions for series in _v1_series(item, several)],
        # Fields of other result types; the public API includes them with series too.
        "times": [],
        "values": [],
    }
    return body


def _v1_series(expression: Expression, several: bool) -> list[dict[str, Any]]:
    frame, node = expression.frame, expression.node
    metric, aggregator = metric_text(node), first_aggregator(node)
    unit = units.describe(frame.unit)
    times = (frame.times * 1000).astype(np.float64)
    found, written = [], expression_writer(node)
    for row, (group, points) in enumerate(zip(frame.groups, _points(times, frame.values), strict=True)):
        if not len(points):
            continue
        found.append(
            {
                "metric": metric,
                "display_name": metric,
                "expression": written(group.scope),
                "scope": group.scope,
                "tag_set": list(group.tags),
                "aggr": aggregator,
                "interval": frame.interval,
                "length": len(points),
                "start": int(points[0, 0]),
                "end": int(points[-1, 0]) + frame.interval * 1000 - 1000,
                "query_index": expression.index,
                "unit": unit,
                "attributes": {"outlier": True} if group.outlier else {},
                "pointlist": points,
                **_bands(frame, times, row),
            }
        )
    return found


def _points(times: Values, values: Values) -> list[Values]:
    """``[[time, value], ...]`` of each row, without missing values."""
    pairs = np.empty((*values.shape, 2))
    pairs[:, :, 0], pairs[:, :, 1] = times, values
    known = ~np.isnan(values)
    if known.all():
        return list(pairs)
    return [line if there.all() else line[there] for line, there in zip(pairs, known, strict=True)]


def _bands(frame: Frame, times: Values, row: int) -> dict[str, Any]:
    if not frame.bands:
        return {}
    return {"bands": {name: _points(times, values[row : row + 1])[0] for name, values in frame.bands.items()}}


def timeseries_answer(answers: list[Answer], limits: Sequence[Limit | None] = ()) -> dict[str, Any]:
    """Body of ``POST /api/v2/query/timeseries``: one series for each formula and group, on common times.

    ``limits`` (one a formula) select the first series by their mean, in that order.
    """
    frames = [answer.frames[0] for answer in answers]
    for place, limit in enumerate(limits):
        frames[place] = _first_lines(frames[place], limit)
    times = _common_times(frames)
    series: list[dict[str, Any]] = []
    values = []
    for index, frame in enumerate(frames):
        for row, group in enumerate(frame.groups):
            known = ~np.isnan(frame.values[row])
            if not known.any():
                continue
            line = np.full(len(times), np.nan)
            line[np.searchsorted(times, frame.times[known])] = frame.values[row][known]
            unit = units.describe(frame.unit)
            entry: dict[str, Any] = {"group_tags": list(group.tags), "query_index": index, "unit": unit}
            entry |= _bands(frame, (frame.times * 1000).astype(np.float64), row)
            if group.outlier:
                entry["outlier"] = True
            series.append(entry)
            values.append(line)
    attributes = {"series": series, "times": times * 1000, "values": values}
    return _answered("timeseries_response", attributes, answers)


def _first_lines(frame: Frame, limit: Limit | None) -> Frame:
    if limit is None:
        return frame
    means = reduce_groups(frame, "avg")
    means = np.where(np.isnan(means), np.inf, means if limit.order == "asc" else -means)
    rows = np.argsort(means, kind="stable")[: limit.count]
    return frame.rows(rows.tolist())


def _answered(kind: str, attributes: dict[str, Any], answers: list[Answer]) -> dict[str, Any]:
    """Envelope of both responses; ``meta.notes`` only if there are notes."""
    notes = list(dict.fromkeys(note for answer in answers for note in answer.notes))
    body: dict[str, Any] = {"data": {"id": "0", "type": kind, "attributes": attributes}}
    return body | {"meta": {"notes": notes}} if notes else body


def _common_times(frames: list[Frame]) -> np.ndarray[Any, np.dtype[np.int64]]:
    used = [frame.times[~np.isnan(frame.values).all(axis=0)] for frame in frames if len(frame.groups)]
    return np.unique(np.concatenate(used)) if used else np.zeros(0, np.int64)


def scalar_answer(
    names: list[str], answers: list[Answer], limits: Sequence[Limit | None] = ()
) -> dict[str, Any]:
    """Body of ``POST /api/v2/query/scalar``: group columns, then a number column for each formula.

    ``limits`` (one a formula) sort and truncate the rows.
    """
    frames = [answer.frames[0] for answer in answers]
    keys = list(dict.fromkeys(tag.partition(":")[0] for f in frames for g in f.groups for tag in g.tags))
    rows: dict[frozenset[str], list[float | None]] = {}
    for column, frame in enumerate(frames):
        for group, value in zip(frame.groups, frame.values[:, 0], strict=True):
            if not np.isnan(value):
                line = rows.setdefault(frozenset(group.tags), [None] * len(frames))
                line[column] = float(value)
    ordered = _limited(list(rows.items()), limits)
    columns = [_group_column(key, [tags for tags, _ in ordered]) for key in keys]
    for column, frame in enumerate(frames):
        columns.append(
            {
                "name": names[column],
                "type": "number",
                "values": [line[column] for _, line in ordered],
                "meta": {"unit": units.describe(frame.unit)},
            }
        )
    return _answered("scalar_response", {"columns": columns}, answers)


def _group_column(key: str, rows: list[frozenset[str]]) -> dict[str, Any]:
    prefix = f"{key}:"
    found = [sorted(tag[len(prefix) :] for tag in tags if tag.startswith(prefix)) for tags in rows]
    return {"name": key, "type": "group", "values": found}


Row = tuple[frozenset[str], list[float | None]]


def _limited(rows: list[Row], limits: Sequence[Limit | None]) -> list[Row]:
    for column, limit in enumerate(limits):
        if limit is None:
            continue
        known = sorted(
            (row for row in rows if row[1][column] is not None),
            key=lambda row: row[1][column] or 0.0,
            reverse=limit.order == "desc",
        )
        rows = (known + [row for row in rows if row[1][column] is None])[: limit.count]
    return rows


def explanation(answer: Answer) -> dict[str, Any]:
    """Profile of a query, for ``explain``: its plan, reads, milliseconds by stage."""
    return {
        "interval": answer.window.interval,
        "plan": [_planned(read) for read in answer.plan.reads] if answer.plan else [],
        "values": answer.plan.cells if answer.plan else 0,
        "expressions": [
            {
                "expression": metric_text(item.node),
                "interval": item.frame.interval,
                "groups": len(item.frame.groups),
                "points": int((~np.isnan(item.frame.values)).sum()),
                "type": item.frame.type,
            }
            for item in answer.expressions
        ],
        "reads": [
            {
                "metric": reading.metric,
                "table": reading.table,
                "series": reading.series,
                "rows": reading.rows,
                "files": reading.files,
                "cached": reading.cached,
                "milliseconds": round(reading.milliseconds, 2),
            }
            for reading in answer.trace.readings
        ],
        "stages": {name: round(value, 2) for name, value in answer.trace.stages.items()},
        "notes": list(answer.notes),
    }


def _planned(read: Read) -> dict[str, Any]:
    """One read of a plan: times in UNIX seconds, ``values`` before space aggregation."""
    found = {
        "query": print_node(read.selector),
        "function": read.function,
        "from": read.window.start,
        "to": read.window.end,
        "interval": read.window.interval,
    }
    scan = read.scan
    if scan is None:
        return found
    tables = [{"table": one.table, "from": one.start, "to": one.stop} for one in scan.tables]
    sketches = {"table": "sketches", "from": read.window.start, "to": read.window.end}
    return found | {
        "type": scan.type,
        "look_back": scan.look_back,
        "series": scan.count,
        "values": scan.cells,
        "tables": tables or [sketches],
    }
