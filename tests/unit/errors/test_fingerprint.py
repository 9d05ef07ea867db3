from __future__ import annotations

import pytest

from heeler.errors.fingerprint import identify, shape
from tests.unit.errors.test_stacktrace import NODE, PYTHON


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("order 17 not found", "order 4242 not found"),
        ("no user 'ann' (id 7)", "no user 'bob' (id 8)"),
        ("request 6f1a-22bc failed", "request 99ab-01cd failed"),
        ("Timeout!\nat 12:00", "timeout\nat 13:00"),
    ],
)
def test_messages_of_one_shape(one: str, other: str) -> None:
    assert shape(one) == shape(other) != ""


def test_what_makes_an_issue() -> None:
    first = identify("shop", "TimeoutError", "read timed out after 300 ms", PYTHON)
    assert (first.file, first.function, first.language) == ("/app/shop/gateway.py", "charge", "python")
    assert identify("shop", "TimeoutError", "read timed out after 7 ms", PYTHON).issue == first.issue
    moved = PYTHON.replace("line 88", "line 91").replace("/app/", "/releases/2026-11-30/")
    assert identify("shop", "TimeoutError", "read timed out after 7 ms", moved).issue == first.issue
    for other in (
        identify("cart", "TimeoutError", "read timed out after 300 ms", PYTHON),
        identify("shop", "ValueError", "read timed out after 300 ms", PYTHON),
        identify("shop", "TimeoutError", "connection refused", PYTHON),
        identify("shop", "TimeoutError", "read timed out after 300 ms", NODE),
    ):
        assert other.issue != first.issue


def test_a_fingerprint_of_ones_own_takes_the_place_of_all_but_the_service() -> None:
    one = identify("shop", "A", "x", PYTHON, "payment")
    assert identify("shop", "B", "y", "", "payment").issue == one.issue
    assert identify("cart", "A", "x", PYTHON, "payment").issue != one.issue
