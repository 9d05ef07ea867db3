"""Minutes of uptime: worked examples, and a slow reference that walks minute by minute."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from heeler.slos.uptime import DOWN, MISSING, UP, Grid, StateChange, codes, history, tally, united

DAY = 1440
STATES = ("OK", "Warn", "Alert", "No Data")


def line(grid: Grid, *spans: tuple[int, int, str], down: bool = False) -> object:
    """Minutes ``start`` to ``end`` in a state, OK else."""
    changes = []
    for start, end, state in spans:
        changes += [StateChange(start * 60, "OK", state), StateChange(end * 60, state, "OK")]
    return codes(grid, changes, "OK", down_without_data=down)


def sli(
    minutes: int,
    *spans: tuple[int, int, str],
    removed: list[tuple[float, float]] | None = None,
    down: bool = False,
) -> float:
    grid = Grid.of(0, minutes * 60, removed or [])
    found = tally(grid, line(grid, *spans, down=down)).sli  # type: ignore[arg-type]
    return float(found) if found is not None else -1


def test_worked_examples() -> None:
    assert sli(7 * DAY, (100, 130, "Alert")) == float(Fraction(10_050 * 100, 10_080))
    assert sli(DAY, (0, 60, "Warn")) == 100
    assert sli(DAY, (0, 120, "No Data"), down=True) == float(Fraction(1320 * 100, 1440))
    assert sli(DAY, (0, 120, "No Data")) == 100
    day = [(0.0, DAY * 60.0)]
    assert sli(7 * DAY, (2000, 2060, "Alert"), removed=day) == float(Fraction(8_580 * 100, 8_640))
    assert sli(7 * DAY, (100, 160, "Alert"), removed=day) == 100


def test_overall_is_down_where_any_member_is() -> None:
    grid = Grid.of(0, DAY * 60)
    both = [line(grid, (600, 610, "Alert")), line(grid, (605, 620, "Alert"))]
    whole = united(both, DAY)  # type: ignore[arg-type]
    assert tally(grid, whole).bad == 20 * 60
    assert history(grid, whole) == [[0, UP], [600 * 60, DOWN], [620 * 60, UP]]


def test_an_outage_over_the_end_of_a_month() -> None:
    january = Grid.of(0, 31 * DAY * 60)
    alert = [StateChange((31 * DAY - 5) * 60, "OK", "Alert"), StateChange((31 * DAY + 5) * 60, "Alert", "OK")]
    first = tally(january, codes(january, alert, "OK", down_without_data=False))
    february = Grid.of(31 * DAY * 60, 59 * DAY * 60)
    second = tally(february, codes(february, alert, "OK", down_without_data=False))
    assert [round(float(item.sli or 0), 5) for item in (first, second)] == [99.9888, 99.9876]


CHANGES = st.lists(st.tuples(st.integers(-3600, 7200), st.sampled_from(STATES)), max_size=12)
SPANS = st.lists(st.tuples(st.integers(-600, 7800), st.integers(0, 3000)), max_size=4)


@given(CHANGES, SPANS, st.sampled_from(STATES), st.booleans(), st.integers(0, 200), st.integers(0, 7200))
def test_agrees_with_a_walk_by_minutes(
    moves: list[tuple[int, str]],
    spans: list[tuple[int, int]],
    first: str,
    down: bool,
    start: int,
    end: int,
) -> None:
    state, changes = first, []
    for time, after in sorted(moves, key=lambda item: item[0]):
        changes.append(StateChange(time, state, after))
        state = after
    removed = [(float(a), float(a + size)) for a, size in spans]
    grid = Grid.of(start, end, removed)
    found = tally(grid, codes(grid, changes, first, down_without_data=down))
    bad = total = 0
    for minute in range(-(-start // 60) * 60, end, 60):
        if minute + 60 > end or any(a <= minute < b for a, b in removed):
            continue
        now = first
        for change in changes:
            if change.time <= minute:
                now = change.after
        total += 60
        bad += 60 * (now == "Alert" or (now == "No Data" and down))
    assert (found.bad, found.total) == (bad, total)


def test_a_minute_without_data_is_missing_only_where_all_are() -> None:
    grid = Grid.of(0, 180)
    none = line(grid, (0, 2, "No Data"))
    some = line(grid, (0, 1, "No Data"))
    assert united([none, some], 3).tolist() == [MISSING, UP, UP]  # type: ignore[list-item]
