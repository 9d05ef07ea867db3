"""Functions over random series and queries: answers equal those of the slow evaluator."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from heeler.store.engine import Engine
from tests.unit.query.reference import Lines, Question, answer
from tests.unit.query.reference_functions import (
    BY_LINE,
    COUNTS,
    METHODS,
    OF_GROUPS,
    counted,
    each,
    either,
    gaps_filled,
    moving,
    rolled,
    seconds_between,
    zero_filled,
)
from tests.unit.query.store import Series, insert
from tests.unit.query.test_random import (
    NUMBERS,
    START,
    ask,
    bounded,
    fleets,
    questions,
    same,
    suited,
    windows,
)

Fleet = list[Series]
Span = tuple[int, int]


class Case:
    """A query over a stored fleet in a window."""

    def __init__(self, engine: Engine, fleet: Fleet, asked: Question, span: Span) -> None:
        self.engine, self.fleet, self.asked = engine, fleet, suited(asked, fleet)
        self.begin, self.end = START + span[0], START + span[1]
        self.metric = f"random.m{next(NUMBERS)}"
        insert(engine, self.metric, fleet)

    @property
    def text(self) -> str:
        return self.asked.text(self.metric)

    @property
    def first(self) -> int:
        return self.begin // self.asked.interval * self.asked.interval

    @property
    def times(self) -> list[int]:
        return list(range(self.first, self.end, self.asked.interval))

    def lines(self, begin: int = 0, end: int = 0, lead: int = 0) -> Lines:
        return answer(self.fleet, self.asked, begin or self.begin, end or self.end, lead)

    async def expect(self, text: str, wanted: Lines) -> None:
        found = await ask(self.engine, text, self.begin, self.end)
        same(found, {group: line for group, line in wanted.items() if line}, text)


functions = st.lists(st.sampled_from(sorted(BY_LINE)), min_size=1, max_size=2)


@given(fleets(), questions, functions, windows)
@bounded
async def test_of_each_line(
    engine: Engine, fleet: Fleet, asked: Question, names: list[str], span: Span
) -> None:
    case = Case(engine, fleet, asked, span)
    text, wanted = case.text, case.lines()
    for name in names:
        text = name.format(f"({text})")
        wanted = {group: BY_LINE[name](line) for group, line in wanted.items()}
    await case.expect(text, wanted)


@given(fleets(), questions, windows)
@bounded
async def test_throughput(engine: Engine, fleet: Fleet, asked: Question, span: Span) -> None:
    case = Case(engine, fleet, asked, span)
    divide = each(lambda value: value / asked.interval)
    await case.expect(
        f"throughput({case.text})", {group: divide(line) for group, line in case.lines().items()}
    )


@given(fleets(), questions, st.sampled_from(sorted(OF_GROUPS)), windows)
@bounded
async def test_of_groups(engine: Engine, fleet: Fleet, asked: Question, name: str, span: Span) -> None:
    case = Case(engine, fleet, asked, span)
    await case.expect(name.format(case.text), OF_GROUPS[name](case.lines()))


@given(fleets(), questions, st.sampled_from(sorted(COUNTS)), windows)
@bounded
async def test_counts(engine: Engine, fleet: Fleet, asked: Question, name: str, span: Span) -> None:
    case = Case(engine, fleet, asked, span)
    await case.expect(name.format(case.text), counted(case.lines(), case.times, COUNTS[name]))
    await case.expect(f"dt({case.text})", seconds_between(case.lines()))


@given(fleets(), questions, st.sampled_from([-600, -300, 300]), windows)
@bounded
async def test_timeshift(engine: Engine, fleet: Fleet, asked: Question, seconds: int, span: Span) -> None:
    case = Case(engine, fleet, asked, span)
    other = case.lines(case.begin + seconds, case.end + seconds)
    wanted = {group: {at - seconds: value for at, value in line.items()} for group, line in other.items()}
    await case.expect(f"timeshift({case.text}, {seconds})", wanted)


@given(fleets(), questions, st.sampled_from(sorted(METHODS)), windows)
@bounded
async def test_rollup(engine: Engine, fleet: Fleet, asked: Question, method: str, span: Span) -> None:
    case = Case(engine, fleet, asked, span)
    # The first of the longer buckets is read as a whole.
    lines = case.lines(case.begin // 600 * 600)
    wanted = {group: rolled(line, method, 600) for group, line in lines.items()}
    await case.expect(f"rollup({case.text}, '{method}', 600)", wanted)


@given(fleets(), questions, st.sampled_from(sorted(METHODS)), windows)
@bounded
async def test_moving_rollup(engine: Engine, fleet: Fleet, asked: Question, method: str, span: Span) -> None:
    case = Case(engine, fleet, asked, span)
    lines = case.lines(lead=600)
    wanted = {group: moving(line, method, 600, case.first) for group, line in lines.items()}
    await case.expect(f"moving_rollup({case.text}, 600, '{method}')", wanted)


@given(fleets(), questions, st.sampled_from([("last", 120), ("linear", 180), ("zero", 60)]), windows)
@bounded
async def test_fill(engine: Engine, fleet: Fleet, asked: Question, how: tuple[str, int], span: Span) -> None:
    case = Case(engine, fleet, asked, span)
    method, limit = how
    wanted = {group: gaps_filled(line, case.times, method, limit) for group, line in case.lines().items()}
    await case.expect(f"fill({case.text}, '{method}', {limit})", wanted)


@given(fleets(), questions, windows)
@bounded
async def test_default_zero(engine: Engine, fleet: Fleet, asked: Question, span: Span) -> None:
    case = Case(engine, fleet, asked, span)
    lines = case.lines(lead=300)
    carried = fleet[0].type == "gauge"
    wanted = {group: zero_filled(line, case.times, carried) for group, line in lines.items()}
    await case.expect(f"default_zero({case.text})", wanted or {(): dict.fromkeys(case.times, 0.0)})


@given(fleets(), questions, questions, st.sampled_from(["minimum", "maximum"]), windows)
@bounded
async def test_of_two(
    engine: Engine, fleet: Fleet, asked: Question, other: Question, name: str, span: Span
) -> None:
    # Counts would count a missing value as zero.
    case = Case(engine, fleet, replace(asked, modifier=""), span)
    second = replace(other, by=asked.by, interval=asked.interval, modifier="")
    right = answer(fleet, second, case.begin, case.end)
    wanted = either(case.lines(), right, {"minimum": min, "maximum": max}[name])
    await case.expect(f"{name}({case.text}, {second.text(case.metric)})", wanted)
