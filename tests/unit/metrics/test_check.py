from __future__ import annotations

import pytest

from heeler.metrics.check import check, located
from heeler.query.metrics.errors import QueryError


@pytest.mark.parametrize(
    ("text", "position", "part"),
    [
        ("avg:system.cpu.user{*", 21, "expected"),
        ("2 * foo(avg:system.cpu.user{*})", 4, "did you mean"),
        ("top(avg:system.cpu.user{*})", 0, "needs more arguments"),
        ("avg:system.cpu.user{*}.rolup(60)", 23, "rolup"),
        ("1 + anomalies(avg:system.cpu.user{*}, 'bsic', 2)", -1, "bsic"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(text: str, position: int, part: str) -> None:
    wrong = check(text)
    assert wrong is not None
    assert part in wrong.message
    assert wrong.position == position


@pytest.mark.parametrize(
    "text",
    ["avg:system.cpu.user{*} by {host}", "query1 / query2", "avg:a{$env,$zone.value} + 1", "max:a{!b:c}"],
)
def test_nothing_is_wrong(text: str) -> None:
    assert check(text) is None


def test_an_error_finds_the_query_that_it_is_about() -> None:
    error = QueryError("Unknown function 'floor_it'; did you mean floor?", 0)
    found = located(error, ("avg:a{*}", "floor_it(avg:b{*})"))
    assert (found.text, found.position) == ("floor_it(avg:b{*})", 0)


def test_an_error_that_no_text_explains_has_no_place() -> None:
    assert located(QueryError("The data are strange", 3), ("avg:a{*}",)).position == -1
