"""Random series, tags, gaps and queries: answers equal those of the slow evaluator."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from heeler.query.metrics.run import run_query
from heeler.store.engine import Engine
from tests.unit.query.reference import Line, Lines, Question, Scope, answer
from tests.unit.query.store import Series, insert

#: After the times of the reference test, whose rollups wait for all open hours before them.
START = 1_740_000_000 // 86400 * 86400
SECONDS = 1800
NUMBERS = itertools.count()

values = st.integers(-50, 50).map(lambda number: number / 4)
times = st.integers(0, SECONDS - 1).map(lambda second: START + second)


@st.composite
def fleets(draw: st.DrawFn) -> list[Series]:
    """Up to five series of one metric, of different hosts, with none, one or two rooms, and gaps anywhere."""
    kind = draw(st.sampled_from(["gauge", "count", "rate"]))
    made = []
    for number in range(draw(st.integers(1, 5))):
        rooms = draw(st.lists(st.sampled_from(["red", "blue"]), max_size=2, unique=True))
        points = draw(st.dictionaries(times, values, min_size=1, max_size=25))
        tags = [f"room:{room}" for room in rooms] + draw(st.sampled_from([[], ["env:prod"], ["env:dev"]]))
        host = "abcde"[number] if draw(st.booleans()) else ""
        tags = tags if host else [*tags, f"unit:{number}"]
        made.append(
            Series(tags, sorted(points.items()), host=host, type=kind, interval=draw(st.integers(0, 20)))
        )
    return made


SCOPES = (
    Scope("*", lambda tags: True),
    Scope("room:red", lambda tags: "room:red" in tags),
    Scope("!room:red", lambda tags: "room:red" not in tags),
    Scope("env:prod OR host:a", lambda tags: bool(tags & {"env:prod", "host:a"})),
    Scope("env:prod,room:blue", lambda tags: {"env:prod", "room:blue"} <= tags),
    Scope("host:*", lambda tags: any(tag.startswith("host:") for tag in tags)),
    Scope("host IN (a,b,c)", lambda tags: bool(tags & {"host:a", "host:b", "host:c"})),
    Scope(
        "room NOT IN (red) AND env:*", lambda tags: "room:red" not in tags and any("env:" in t for t in tags)
    ),
)
questions = st.builds(
    Question,
    st.sampled_from(["avg", "sum", "min", "max", "count"]),
    st.sampled_from(SCOPES),
    st.sampled_from([(), ("host",), ("room",), ("room", "env")]),
    st.sampled_from(["", "avg", "sum", "min", "max", "count", "last"]),
    st.sampled_from([20, 60, 300]),
    st.sampled_from(["", "", "as_count", "as_rate"]),
    st.sampled_from(["", "", "zero", "last, 120", "linear, 0", "linear, 180", "zero, 60"]),
)
windows = st.tuples(st.integers(0, 700), st.integers(800, SECONDS))
bounded = settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)


async def _ask(engine: Engine, text: str, begin: int, end: int) -> Lines:
    frame = (await run_query(engine, text, begin, end, now=START + 86400)).frames[0]
    found = {}
    for group, row in zip(frame.groups, frame.values, strict=True):
        line = {int(at): float(v) for at, v in zip(frame.times, row, strict=True) if not np.isnan(v)}
        if line:
            found[tuple(sorted(group.tags))] = line
    return found


def _same(found: Lines, wanted: Lines, text: str) -> None:
    wanted = {tuple(sorted(group)): line for group, line in wanted.items()}
    assert found.keys() == wanted.keys(), text
    for group, line in wanted.items():
        assert found[group] == pytest.approx(line, rel=1e-9, abs=1e-9), (text, group)


@given(fleets(), st.lists(questions, min_size=1, max_size=6), windows)
@bounded
async def test_selectors(
    engine: Engine, fleet: list[Series], asked: list[Question], span: tuple[int, int]
) -> None:
    metric = f"random.m{next(NUMBERS)}"
    insert(engine, metric, fleet)
    begin, end = START + span[0], START + span[1]
    for question in asked:
        text = question.text(metric)
        _same(await _ask(engine, text, begin, end), answer(fleet, question, begin, end), text)


def _joined(left: Lines, right: Lines, counted: bool, join: Callable[[float, float], float | None]) -> Lines:
    """Groups that both have; where only one has a value, the other is 0 if both are counts."""
    found: Lines = {}
    for group in left.keys() & right.keys():
        line: Line = {}
        for at in left[group].keys() | right[group].keys():
            one, two = left[group].get(at), right[group].get(at)
            if not counted and (one is None or two is None):
                continue
            result = join(one or 0.0, two or 0.0)
            if result is not None:
                line[at] = result
        if line:
            found[group] = line
    return found


OPERATORS: dict[str, Callable[[float, float], float | None]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: a / b if b else None,
}


@given(fleets(), questions, questions, st.sampled_from("+-*/"), windows)
@bounded
async def test_arithmetic(
    engine: Engine, fleet: list[Series], one: Question, two: Question, operator: str, span: tuple[int, int]
) -> None:
    metric = f"random.m{next(NUMBERS)}"
    insert(engine, metric, fleet)
    two = Question(two.space, two.scope, one.by, two.method, one.interval, one.modifier, two.fill)
    begin, end = START + span[0], START + span[1]
    text = f"{one.text(metric)} {operator} {two.text(metric)}"
    counted = one.modifier == "as_count"
    left, right = answer(fleet, one, begin, end), answer(fleet, two, begin, end)
    _same(await _ask(engine, text, begin, end), _joined(left, right, counted, OPERATORS[operator]), text)


def _changes(line: Line, make: Callable[[float, int], float | None]) -> Line:
    """``make`` of the change and seconds since each value's predecessor."""
    found = {}
    for before, at in itertools.pairwise(sorted(line)):
        result = make(line[at] - line[before], at - before)
        if result is not None:
            found[at] = result
    return found


def _each_series(fleet: list[Series], asked: Question, begin: int, end: int, grows: bool) -> Lines:
    """Differences of every series first, then aggregation of the differences."""
    alone = replace(asked, space="avg", by=(), fill="", scope=Scope("*", lambda tags: True))
    changed = []
    for series in fleet:
        (line,) = answer([series], alone, begin, end).values() or [{}]
        steps = _changes(line, lambda change, _: change if change > 0 or not grows else None)
        changed.append(replace(series, points=sorted(steps.items()), type="gauge"))
    summed = replace(asked, method="avg", modifier="as_count", fill="")
    return answer(changed, summed, begin, end)


@given(fleets(), questions, st.booleans(), windows)
@bounded
async def test_differences_come_before_space_aggregation(
    engine: Engine, fleet: list[Series], asked: Question, grows: bool, span: tuple[int, int]
) -> None:
    metric = f"random.m{next(NUMBERS)}"
    insert(engine, metric, fleet)
    begin, end = START + span[0], START + span[1]
    asked = replace(asked, fill="")
    text = f"{'monotonic_diff' if grows else 'diff'}({asked.text(metric)})"
    # Buckets begin before the window does: the reference must see the differences there too.
    floor = begin // asked.interval * asked.interval
    inside = [replace(one, points=[(at, v) for at, v in one.points if begin <= at < end]) for one in fleet]
    _same(await _ask(engine, text, begin, end), _each_series(inside, asked, floor, end, grows), text)


FUNCTIONS: dict[str, Callable[[Line], Line]] = {
    "abs({})": lambda line: {at: abs(value) for at, value in line.items()},
    "clamp_min({}, 2)": lambda line: {at: max(value, 2) for at, value in line.items()},
    "cutoff_max({}, 2)": lambda line: {at: value for at, value in line.items() if value <= 2},
    "cumsum({})": lambda line: dict(
        zip(sorted(line), np.cumsum([line[at] for at in sorted(line)]).tolist(), strict=True)
    ),
    "derivative({})": lambda line: _changes(line, lambda change, seconds: change / seconds),
    "per_minute({})": lambda line: _changes(line, lambda change, s: change / s * 60 if change >= 0 else None),
}


@given(fleets(), questions, st.sampled_from(sorted(FUNCTIONS)), windows)
@bounded
async def test_functions(
    engine: Engine, fleet: list[Series], asked: Question, function: str, span: tuple[int, int]
) -> None:
    metric = f"random.m{next(NUMBERS)}"
    insert(engine, metric, fleet)
    begin, end = START + span[0], START + span[1]
    text = function.format(asked.text(metric))
    lines = {group: FUNCTIONS[function](line) for group, line in answer(fleet, asked, begin, end).items()}
    _same(await _ask(engine, text, begin, end), {group: line for group, line in lines.items() if line}, text)
