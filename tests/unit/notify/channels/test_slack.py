"""Messages of Slack."""

from __future__ import annotations

import json
from typing import Any

import pytest

from heeler.notify.channels.base import InvalidDestination
from heeler.notify.channels.slack import (
    COLORS,
    DISPLAY,
    attachment,
    check,
    check_account,
    checked_display,
    escaped,
)
from tests.unit.notify.channels.contents import content


def texts(found: dict[str, Any]) -> list[str]:
    return [
        text["text"]
        for block in found["blocks"]
        for text in [*block.get("fields", []), *([block["text"]] if "text" in block else [])]
    ]


def test_a_message() -> None:
    found = attachment(content(), DISPLAY)
    json.dumps(found)
    assert found["color"] == COLORS["alert"]
    shown = texts(found)
    assert shown[0] == "*<https://heeler/monitors/7|[Triggered on {host:a}] CPU is high>*"
    assert shown[1] == "It is &lt;hot&gt; &amp; loud"
    assert "*Tags*\nenv:prod" in shown
    assert shown[-1] == "<https://heeler/graph|Graph>"


def test_what_the_channel_shows() -> None:
    silent = attachment(
        content(), {"message": False, "mute_buttons": True, "tags": False, "notified": True, "snapshot": True}
    )
    shown = "\n".join(texts(silent))
    assert "loud" not in shown
    assert "env:prod" not in shown
    assert "<https://heeler/mute|Mute 1 h>" in shown


def test_nobody_is_addressed_by_the_text_of_a_monitor() -> None:
    assert escaped("<!channel> & <@U1>") == "&lt;!channel&gt; &amp; &lt;@U1&gt;"
    shown = "\n".join(
        texts(
            attachment(
                content(title="<!here>", body="<!channel>", facts=(("<@U1>", "<@U2>"),), actions=()), DISPLAY
            )
        )
    )
    assert "<!" not in shown
    assert "<@" not in shown


def test_limits_of_blocks() -> None:
    found = attachment(
        content(title="t" * 5000, body="b" * 90_000, facts=tuple((f"F{at}", "v" * 5000) for at in range(40))),
        DISPLAY,
    )
    assert max(map(len, texts(found))) <= 3000
    fields = [block["fields"] for block in found["blocks"] if "fields" in block]
    assert [len(one) for one in fields] == [10, 10]
    assert all(len(field["text"]) <= 2000 for one in fields for field in one)


def test_display_options() -> None:
    assert checked_display(None) == DISPLAY
    assert checked_display({"tags": False}, {"message": False}) == {
        **DISPLAY,
        "tags": False,
        "message": False,
    }
    for given in ([], {"color": True}, {"tags": "yes"}):
        with pytest.raises(InvalidDestination):
            checked_display(given)


def test_settings_of_channels_and_accounts() -> None:
    assert check({}, "") == {"display": DISPLAY}
    assert check_account({}, "xoxb-1")["api_url"] == "https://slack.com/api"
    for call, settings, secret in (
        (check, {}, "xoxb-1"),
        (check, {"x": 1}, ""),
        (check_account, {}, "token"),
        (check_account, {}, ""),
    ):
        with pytest.raises(InvalidDestination):
            call(settings, secret)
