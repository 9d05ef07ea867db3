"""Runs the ``*.test`` files beside this one: the language's specification by data (see ``format.py``)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from heeler.query.frame import Frame, Values
from heeler.query.metrics.ast import Call, walk
from heeler.query.metrics.errors import QueryError
from heeler.query.metrics.executor import run_query
from heeler.query.metrics.functions import FUNCTIONS, lookup
from heeler.query.metrics.parser import parse
from heeler.store.engine import Engine
from tests.query.format import Evaluation, Rough, Script, read
from tests.unit.query.store import insert, insert_host_tags

#: Scripts count seconds from this midnight (UTC, a Monday).
EPOCH = 1_735_516_800
FILES = sorted(Path(__file__).parent.glob("*.test"))


def _moved(script: Script) -> None:
    for load in script.loads:
        for series in load.series:
            series.points = [(EPOCH + at, value) for at, value in series.points]
            series.samples = [(EPOCH + at, values) for at, values in series.samples]


@pytest.mark.parametrize("path", FILES, ids=[path.stem for path in FILES])
async def test_language(engine: Engine, path: Path) -> None:
    script = read(path)
    _moved(script)
    for load in script.loads:
        insert(engine, load.metric, load.series)
    if script.hosts:
        insert_host_tags(engine, script.hosts)
    assert script.evaluations
    problems = [problem for item in script.evaluations if (problem := await _problem(engine, path, item))]
    assert not problems, "\n\n" + "\n\n".join(problems)


def test_every_function_is_specified() -> None:
    """Each function of the language occurs in a case that says what its answer is."""
    evaluations = [item for path in FILES for item in read(path).evaluations if item.rows]
    trees = [tree for item in evaluations for tree in parse(item.query)]
    seen = {lookup(node).name for tree in trees for node in walk(tree) if isinstance(node, Call)}
    assert sorted(FUNCTIONS.keys() - seen) == []


async def _problem(engine: Engine, path: Path, item: Evaluation) -> str:
    place = f"{path.name}:{item.line}: {item.query}"
    try:
        answer = await run_query(
            engine,
            item.query,
            EPOCH + item.start,
            EPOCH + item.end,
            now=EPOCH + item.end,
            interval=item.interval,
            bars=item.bars,
        )
    except QueryError as error:
        if item.failure is not None and item.failure in error.described:
            return ""
        return f"{place}\n  failed: {error.described}"
    if item.failure is not None:
        return f"{place}\n  was answered, but should fail with: {item.failure}"
    for note in item.notes:
        if not any(note in one for one in answer.notes):
            return f"{place}\n  notes: {answer.notes}"
    banded = any(head.startswith(("lower ", "upper ")) for head, _ in item.rows)
    found = [row for frame in answer.frames for row in _rows(frame, banded)]
    intervals = [row[1] for row in item.rows if row[0] == "interval"]
    if intervals and intervals[0] != [float(answer.frames[0].interval)]:
        return f"{place}\n  interval: {answer.frames[0].interval}"
    wanted = [row for row in item.rows if row[0] not in ("times", "interval")]
    if intervals and not wanted:
        return ""
    times = [row[1] for row in item.rows if row[0] == "times"]
    if times and times[0] != [float(time - EPOCH) for time in answer.frames[0].times]:
        return f"{place}\n  times: {(answer.frames[0].times - EPOCH).tolist()}"
    return "" if _equal(found, wanted) else f"{place}\n  found:  {_shown(found)}\n  wanted: {_shown(wanted)}"


def _rows(frame: Frame, banded: bool) -> Iterator[tuple[str, list[float | None]]]:
    """The groups as the format writes them, with their bands if asked."""
    for row, group in enumerate(frame.groups):
        name = f"outlier {group.scope}" if group.outlier else group.scope
        yield name, _line(frame.values[row])
        if banded:
            yield f"lower {group.scope}", _line(frame.bands["lower"][row])
            yield f"upper {group.scope}", _line(frame.bands["upper"][row])


def _line(values: Values) -> list[float | None]:
    return [None if np.isnan(value) else float(value) for value in values]


Rows = list[tuple[str, list[float | None]]]


def _equal(found: Rows, wanted: Rows) -> bool:
    if [row[0] for row in found] != [row[0] for row in wanted]:
        return False
    return all(
        len(one) == len(two) and all(map(_close, one, two))
        for (_, one), (_, two) in zip(found, wanted, strict=True)
    )


def _close(found: float | None, wanted: float | None) -> bool:
    if found is None or wanted is None:
        return found is wanted
    return found == pytest.approx(wanted, rel=0.01 if isinstance(wanted, Rough) else 1e-9)


def _shown(rows: Rows) -> str:
    lines = ["  ".join("_" if value is None else f"{value:g}" for value in values) for _, values in rows]
    return (
        "\n          ".join(f"{scope} | {line}" for (scope, _), line in zip(rows, lines, strict=True))
        or "nothing"
    )
