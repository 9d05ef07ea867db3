"""Messages of ntfy."""

from __future__ import annotations

import base64
import json

import pytest

from heeler.notify.channels.base import InvalidDestination
from heeler.notify.channels.ntfy import SERVER, authorization, check, publication
from tests.unit.notify.channels.contents import content


def test_a_message() -> None:
    found = publication(content(), "ops")
    json.dumps(found)
    assert (found["topic"], found["title"], found["priority"]) == (
        "ops",
        "[Triggered on {host:a}] CPU is high",
        4,
    )
    assert found["message"] == "It is <hot> & loud\n\nState: OK → Alert\nValue: 97"
    assert found["click"] == "https://heeler/monitors/7"
    assert [one["label"] for one in found["actions"]] == ["Mute 1 h", "Graph"]


@pytest.mark.parametrize(
    ("kind", "priority", "wanted"),
    [
        ("alert", 1, 5),
        ("alert", 2, 5),
        ("alert", 3, 4),
        ("alert", None, 4),
        ("nodata", 1, 4),
        ("warning", 1, 3),
        ("ok", None, 2),
        ("info", None, 3),
    ],
)
def test_how_loud(kind: str, priority: int | None, wanted: int) -> None:
    assert publication(content(kind=kind, priority=priority), "t")["priority"] == wanted


def test_a_message_stays_below_what_would_be_an_attachment() -> None:
    found = publication(content(body="ü" * 5000), "t")
    assert len(found["message"].encode()) <= 3500
    assert "\ufffd" not in found["message"]
    assert publication(content(body="", facts=()), "t")["message"] == found["title"]
    assert (
        len(publication(content(actions=tuple((str(at), "https://a") for at in range(9))), "t")["actions"])
        == 3
    )


def test_who_may_publish() -> None:
    assert authorization("") == {}
    assert authorization("tk_abc") == {"Authorization": "Bearer tk_abc"}
    assert authorization("ann:pw") == {"Authorization": "Basic " + base64.b64encode(b"ann:pw").decode()}


def test_settings() -> None:
    assert check({}, "") == {"url": SERVER, "topic": ""}
    assert check({"url": "https://push.example/", "topic": "a-b_1"}, "x")["url"] == "https://push.example"
    for settings, secret in (
        ({"topic": "a b"}, ""),
        ({"topic": "x" * 65}, ""),
        ({"topic": 5}, ""),
        ({"other": 1}, ""),
        ({"url": "ntfy"}, ""),
        ({}, "x" * 501),
        ({}, "a\nb"),
    ):
        with pytest.raises(InvalidDestination):
            check(settings, secret)
