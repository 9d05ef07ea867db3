"""Random series, tags, gaps and queries: answers equal those of the slow evaluator."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from heeler.query.metrics.executor import run_query
from heeler.store.engine import Engine
from tests.unit.query.reference import Line, Lines, Question, Scope, answer
from tests.unit.query.reference_functions import steps
from tests.unit.query.store import Series, insert

#: After the times of the reference test, whose rollups wait for all open hours before them.
START = 1_740_000_000 // 86400 * 86400
SECONDS = 1800
NUMBERS = itertools.count()

values = st.integers(-50, 50).map(lambda number: number / 4)
times = st.integers(0, SECONDS - 1).map(lambda second: START + second)


def _dense(seed: int) -> list[Series]:
    """Five series with many points and long gaps, which are rarely drawn one by one."""
    rng = random.Random(seed)
    kind = rng.choice(["gauge", "gauge", "count", "rate"])
    made = []
    for number in range(5):
        begin, step = rng.randrange(300), rng.choice([10, 45, 60, 200])
        at = [START + second for second in range(begin, SECONDS, step) if rng.random() < 0.7]
        gap = rng.randrange(SECONDS)
        points = [(one, rng.randrange(-50, 50) / 4) for one in at if not gap <= one - START < gap + 500]
        tags = rng.sample(["room:red", "room:blue", "env:prod", "env:dev"], rng.randrange(3))
        made.append(Series(tags, points, host="abcde"[number], type=kind, interval=rng.choice([0, 10])))
    return made


@st.composite
def fleets(draw: st.DrawFn) -> list[Series]:
    """Up to five series of one metric, of different hosts, with none, one or two rooms, and gaps anywhere."""
    if draw(st.booleans()):
        return _dense(draw(st.integers(0, 2**32)))
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


def suited(asked: Question, fleet: list[Series]) -> Question:
    """Gauges with a modifier are asked with a fill: what is read before the window is then told by it."""
    plain = not asked.modifier or asked.fill or fleet[0].type != "gauge"
    return asked if plain else replace(asked, fill="linear, 180")


async def ask(engine: Engine, text: str, begin: int, end: int) -> Lines:
    frame = (await run_query(engine, text, begin, end, now=START + 86400)).frames[0]
    found = {}
    for group, row in zip(frame.groups, frame.values, strict=True):
        line = {int(at): float(v) for at, v in zip(frame.times, row, strict=True) if not np.isnan(v)}
        if line:
            found[tuple(sorted(group.tags))] = line
    return found


def same(found: Lines, wanted: Lines, text: str) -> None:
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
    for question in [suited(item, fleet) for item in asked]:
        text = question.text(metric)
        same(await ask(engine, text, begin, end), answer(fleet, question, begin, end), text)


def _joined(left: Lines, right: Lines, counted: bool, join: Callable[[float, float], float | None]) -> Lines:
    """Groups that both have, or all beside a side without groups; of counts a missing value is 0."""
    found: Lines = {}
    pairs = [(one, two) for one in left for two in right if set(one) == set(two) or () in (one, two)]
    for first, second in pairs:
        group = first or second
        line: Line = {}
        for at in left[first].keys() | right[second].keys():
            one, two = left[first].get(at), right[second].get(at)
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
    one = suited(one, fleet)
    by = two.by if () in (one.by, two.by) else one.by
    two = suited(replace(two, by=by, interval=one.interval, modifier=one.modifier), fleet)
    begin, end = START + span[0], START + span[1]
    text = f"{one.text(metric)} {operator} {two.text(metric)}"
    counted = one.modifier != "" and fleet[0].type != "gauge"
    left, right = answer(fleet, one, begin, end), answer(fleet, two, begin, end)
    same(await ask(engine, text, begin, end), _joined(left, right, counted, OPERATORS[operator]), text)


def _each_series(fleet: list[Series], asked: Question, begin: int, end: int, grows: bool) -> Lines:
    """Differences of every series first, then aggregation of the differences."""
    alone = replace(asked, space="avg", by=(), fill="", scope=Scope("*", lambda tags: True))
    changed = []
    for series in fleet:
        (line,) = answer([series], alone, begin, end).values() or [{}]
        change = steps(lambda change, _: change if change > 0 or not grows else None)
        changed.append(replace(series, points=sorted(change(line).items()), type="count"))
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
    same(await ask(engine, text, begin, end), _each_series(inside, asked, floor, end, grows), text)
