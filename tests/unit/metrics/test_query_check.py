from __future__ import annotations

import pytest

from heeler.metrics.query_check import check


@pytest.mark.parametrize(
    ("text", "position", "part"),
    [
        ("avg:system.cpu.user{*", 21, "expected"),
        ("2 * foo(avg:system.cpu.user{*})", 4, "did you mean"),
        ("top(avg:system.cpu.user{*})", 0, "needs more arguments"),
        ("avg:system.cpu.user{*}.rolup(60)", 23, "rolup"),
        ("1 + anomalies(avg:system.cpu.user{*}, 'bsic', 2)", 4, "bsic"),
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
