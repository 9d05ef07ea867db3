"""Events of PagerDuty's Events API v2."""

from __future__ import annotations

import json

import pytest

from heeler.notify.channels.base import InvalidDestination
from heeler.notify.channels.pagerduty import API, check, event
from tests.unit.notify.channels.contents import content


def test_a_trigger_and_the_resolve_of_the_same_alert() -> None:
    opened, closed = event(content(), "key"), event(content(kind="ok", title="Recovered"), "key")
    json.dumps(opened)
    assert (opened["event_action"], closed["event_action"]) == ("trigger", "resolve")
    assert opened["dedup_key"] == closed["dedup_key"]
    assert closed == {"routing_key": "key", "event_action": "resolve", "dedup_key": opened["dedup_key"]}
    assert opened["dedup_key"] != event(content(group="host:b"), "key")["dedup_key"]
    payload = opened["payload"]
    assert (payload["summary"], payload["source"], payload["severity"]) == (
        "[Triggered on {host:a}] CPU is high",
        "a",
        "critical",
    )
    assert payload["timestamp"] == "2026-09-21T14:13:20.250+00:00"
    assert payload["custom_details"] == {
        "message": "It is <hot> & loud",
        "State": "OK → Alert",
        "Value": "97",
        "Tags": "env:prod",
    }
    assert [link["href"] for link in opened["links"]] == [
        "https://heeler/monitors/7",
        "https://heeler/mute",
        "https://heeler/graph",
    ]


@pytest.mark.parametrize(
    ("kind", "severity"),
    [("alert", "critical"), ("warning", "warning"), ("nodata", "error"), ("info", "info")],
)
def test_severities(kind: str, severity: str) -> None:
    assert event(content(kind=kind), "key")["payload"]["severity"] == severity


def test_without_a_monitor_each_message_is_an_alert_of_its_own() -> None:
    found = event(content(monitor_id=0, kind="ok", tags=(), group="", link=""), "key")
    assert found["event_action"] == "trigger"
    assert "dedup_key" not in found
    assert "client_url" not in found
    assert found["payload"]["source"] == "heeler"


def test_long_texts_are_cut_to_what_the_api_takes() -> None:
    payload = event(content(title="t" * 5000, body="b" * 90_000, group="g" * 5000), "key")["payload"]
    assert (len(payload["summary"]), len(payload["group"])) == (1024, 255)
    assert len(payload["custom_details"]["message"]) <= 20_000


def test_settings() -> None:
    assert check({}, "abc123") == {"api_url": API}
    for settings, secret in (
        ({}, ""),
        ({}, "with-dash"),
        ({}, "ключ"),
        ({"x": 1}, "abc"),
        ({"api_url": "ftp://a"}, "abc"),
    ):
        with pytest.raises(InvalidDestination):
            check(settings, secret)
