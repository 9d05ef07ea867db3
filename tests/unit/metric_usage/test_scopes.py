"""What a quota's scope takes in, and how it is called."""

from __future__ import annotations

import pytest

from heeler.metric_usage.scopes import Scope

TAGS = ("env:prod", "service:checkout", "team:payments")


@pytest.mark.parametrize(
    ("scope", "place"),
    [
        (Scope(), ""),
        (Scope("key", "k1"), ""),
        (Scope("key", "k2"), None),
        (Scope("service", "Checkout"), ""),
        (Scope("service", "check"), None),
        (Scope("team", "payments"), ""),
        (Scope("tag", "env:prod"), ""),
        (Scope("tag", "env:dev"), None),
        (Scope("metric", "shop.*"), "shop.orders"),
        (Scope("metric", "*"), "shop.orders"),
        (Scope("metric", "shop.order"), None),
    ],
)
def test_what_a_scope_takes_in(scope: Scope, place: str | None) -> None:
    assert scope.place("shop.orders", TAGS, "k1") == place


def test_each_metric_of_a_pattern_is_limited_by_itself() -> None:
    assert Scope("metric", "a.*").described() == "each metric of 'a.*'"
    assert Scope("metric", "a.b").described() == "the metric 'a.b'"
    assert Scope("key", "k").described("web") == "the API key 'web'"
