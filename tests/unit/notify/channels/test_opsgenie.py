"""Alerts of Opsgenie."""

from __future__ import annotations

import json

import pytest

from heeler.notify.channels.base import InvalidDestination
from heeler.notify.channels.opsgenie import alert, alias, check
from tests.unit.notify.channels.contents import content


def test_an_alert() -> None:
    found = alert(content(), "team")
    json.dumps(found)
    assert found["message"] == "[Triggered on {host:a}] CPU is high"
    assert found["description"].startswith("It is <hot> & loud\n\nhttps://heeler/monitors/7")
    assert found["details"] == {"State": "OK → Alert", "Value": "97", "Tags": "env:prod"}
    assert (found["entity"], found["priority"], found["tags"]) == ("host:a", "P2", ["host:a", "env:prod"])


@pytest.mark.parametrize(
    ("kind", "priority", "wanted"),
    [
        ("alert", None, "P2"),
        ("warning", None, "P3"),
        ("nodata", None, "P2"),
        ("info", None, "P3"),
        ("warning", 1, "P1"),
        ("alert", 5, "P5"),
    ],
)
def test_priorities(kind: str, priority: int | None, wanted: str) -> None:
    assert alert(content(kind=kind, priority=priority), "team")["priority"] == wanted


def test_an_alias_is_of_the_group_and_the_service() -> None:
    names = {alias(content(group=group), service) for group in ("host:a", "host:b") for service in ("x", "y")}
    assert len(names) == 4
    assert alias(content(), "x") == alias(content(kind="ok", title="other"), "x")
    assert len(alias(content(), "s" * 2000)) <= 512
    assert alias(content(monitor_id=0), "x") == ""
    assert "alias" not in alert(content(monitor_id=0), "x")


def test_limits_of_the_api() -> None:
    found = alert(
        content(
            title="t" * 500, body="b" * 50_000, tags=tuple(f"tag:{'x' * 100}{place}" for place in range(50))
        ),
        "x",
    )
    assert len(found["message"]) == 130
    assert len(found["description"]) <= 15_000
    assert len(found["tags"]) == 20
    assert max(map(len, found["tags"])) <= 50


def test_settings() -> None:
    assert check({}, "key") == {"region": "us", "custom_url": None}
    assert (
        check({"region": "custom", "custom_url": "https://a.example/"}, "key")["custom_url"]
        == "https://a.example"
    )
    for settings, secret in (
        ({}, ""),
        ({}, "a b"),
        ({"region": "mars"}, "k"),
        ({"region": "custom"}, "k"),
        ({"x": 1}, "k"),
    ):
        with pytest.raises(InvalidDestination):
            check(settings, secret)
