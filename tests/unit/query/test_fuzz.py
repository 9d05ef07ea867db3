"""Made-up query strings are answered or refused with a place, quickly (``python -m bench.fuzz`` for many)."""

from __future__ import annotations

import pytest
from bench.fuzz import run

from heeler.query.metrics.errors import QueryError
from heeler.query.metrics.parser import parse


def test_made_up_strings() -> None:
    outcome = run(3000, seed=5)
    assert outcome.answered > 300
    assert outcome.parsed < 2500
    assert outcome.slowest < 5


@pytest.mark.parametrize("text", ["1e309", "m{*} * 9e999", "m{*}.fill(1e400)", "count(v: v>1e400):m{*}"])
def test_numbers_beyond_floats_are_refused(text: str) -> None:
    with pytest.raises(QueryError, match="too large"):
        parse(text)
