"""What downtimes mean for groups of monitors."""

from __future__ import annotations

import pytest

from heeler.downtimes.matching import InvalidScope, parse_scope
from heeler.downtimes.model import Downtime
from heeler.downtimes.suppression import covers_tags, quiet, recovery_muted, told_at_end


def made(
    scope: list[str], expression: str = "", *, canceled: float | None = None, first: bool = False
) -> Downtime:
    return Downtime(
        scope=scope, expression=expression, timezone="UTC", start=100.0, end=200.0, recurrences=[],
        canceled=canceled, notify_end_types=["expired"], notify_end_states=["alert"],
        mute_first_recovery_notification=first,
    )  # fmt: skip


def test_comma_is_and() -> None:
    both = made(["env:prod", "host:web-*"])
    assert covers_tags(both, ("host:web-1", "env:prod"))
    assert not covers_tags(both, ("host:web-1",))


@pytest.mark.parametrize(
    ("tags", "covered"),
    [(("env:prod", "service:a"), True), (("env:prod", "service:c"), False), (("service:a",), False)],
)
def test_expressions(tags: tuple[str, ...], covered: bool) -> None:
    assert covers_tags(made([], "env:prod AND (service:a OR service:b)"), tags) is covered


def test_values_need_keys() -> None:
    with pytest.raises(InvalidScope, match="All values must have a key"):
        parse_scope("env:prod AND word")


def test_quiet_within_and_told_at_the_end() -> None:
    downtime = [made(["*"])]
    assert [quiet(downtime, (), now) for now in (99, 100, 199, 200)] == [False, True, True, False]
    assert told_at_end(downtime, (), "Alert", 190, 210)
    assert not told_at_end(downtime, (), "Warn", 190, 210)
    assert not told_at_end(downtime, (), "Alert", 210, 220)
    assert not told_at_end([made(["*"], canceled=150.0)], (), "Alert", 140, 160)


def test_first_recovery_is_muted_when_trouble_began_before_the_end() -> None:
    downtime = [made(["*"], first=True)]
    assert recovery_muted(downtime, (), 150, 300)
    assert recovery_muted(downtime, (), 50, 300)
    assert not recovery_muted(downtime, (), 250, 300)
    assert not recovery_muted([made(["*"])], (), 150, 300)
