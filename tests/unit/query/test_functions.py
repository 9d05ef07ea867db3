"""Every function keeps its contract on odd frames; the documentation is made from the registry."""

from __future__ import annotations

import contextlib
import random
from pathlib import Path

import numpy as np
import pytest

from heeler.analytics import smoothing
from heeler.query.frame import Frame, Group
from heeler.query.metrics.ast import Call, Selector, selectors
from heeler.query.metrics.errors import QueryError
from heeler.query.metrics.functions import FUNCTIONS
from heeler.query.metrics.functions.reference import document
from heeler.query.metrics.parser import parse_one
from heeler.query.metrics.plan import Read
from heeler.query.metrics.planner import plan
from heeler.query.metrics.window import Buckets, Window
from tests.unit.query.planned import evaluated

NOW = 1_700_000_040 // 60 * 60
WINDOW = Window(NOW, NOW + 600, 60)


def _rows(kind: str, count: int) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    rng = np.random.default_rng(3)
    values = rng.normal(5, 2, (4, count))
    match kind:
        case "missing":
            values[:] = np.nan
        case "gaps":
            values[rng.random(values.shape) < 0.4] = np.nan
        case "one point":
            values[:, 1:] = np.nan
        case "constant":
            values[:] = 7
        case "infinite":
            values[0, ::2] = np.inf
            values[1, 1] = -np.inf
        case "no groups":
            values = values[:0]
    return values


KINDS = ["ordinary", "missing", "gaps", "one point", "constant", "infinite", "no groups"]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", sorted(FUNCTIONS))
@pytest.mark.filterwarnings("error")
def test_shape_contract(name: str, kind: str) -> None:
    def select(read: Read) -> Frame:
        times = Buckets.of(read.window).starts
        values = _rows(kind, len(times))
        groups = tuple(Group((f"host:{row}", "env:x"), f"host:{row},env:x") for row in range(len(values)))
        return Frame(times, groups, values, read.window.interval)

    node = parse_one(FUNCTIONS[name].example)
    assert plan((node,), WINDOW).reads
    frame = evaluated(node, WINDOW, select)
    assert frame.values.shape == (len(frame.groups), len(frame.times))
    assert frame.values.dtype == np.float64
    assert all(band.shape == frame.values.shape for band in frame.bands.values())
    assert (np.diff(frame.times) > 0).all()
    assert frame.times[-1] < WINDOW.end


@pytest.mark.parametrize("name", sorted(FUNCTIONS))
def test_every_example_calls_its_function(name: str) -> None:
    node = parse_one(FUNCTIONS[name].example)
    assert isinstance(node, Call)
    assert node.function in (name, name.removesuffix("imum"))
    assert all(isinstance(item, Selector) for item in selectors(node))


ARGUMENTS = [
    "avg:m{*} by {a}", "sum:m{*}.as_count()", "1", "-3", "0", "'max'", "'p95'", "{a}", "{ * }", "mean", "600",
    "1e300", "'linear'", "'basic'", "'agile'", "'daily'", "avg:m{*}.rollup(sum,120)", "nan", "'-1mo'", "'x'",
]  # fmt: skip


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_any_arguments_are_answered_or_refused() -> None:
    def select(read: Read) -> Frame:
        times = Buckets.of(read.window).starts
        return Frame(times, (Group(),), _rows("gaps", len(times))[:1], read.window.interval)

    rng = random.Random(11)
    answered = 0
    for _ in range(1500):
        name = rng.choice(sorted(FUNCTIONS))
        arguments = [rng.choice(ARGUMENTS[:2]), *rng.choices(ARGUMENTS, k=rng.randrange(4))]
        with contextlib.suppress(QueryError):
            node = parse_one(f"{name}({', '.join(arguments)}) {rng.choice('+-*/')} {rng.choice(ARGUMENTS)}")
            evaluated(node, WINDOW, select)
            answered += 1
    assert answered > 50


def test_the_page_of_functions_is_current() -> None:
    page = Path(__file__).resolve().parents[3] / "docs" / "functions.md"
    assert page.read_text() == document(), (
        "run: python -m heeler.query.metrics.functions.reference > docs/functions.md"
    )


def test_one_line_is_smoothed_as_the_algorithm_says() -> None:
    rng = np.random.default_rng(5)
    line = rng.uniform(-9, 9, 200)
    line[50:54] = np.nan
    times = NOW + np.arange(200) * 60
    smooth = FUNCTIONS["autosmooth"].apply(Frame(times, (Group(),), line[None, :], 60))
    wanted = smoothing.autosmooth(line)
    assert np.nanstd(np.diff(wanted)) < np.nanstd(np.diff(line)) / 2
    np.testing.assert_allclose(smooth.values[0], wanted, rtol=1e-12)
