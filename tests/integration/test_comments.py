"""Comments through the unmodified ``datadog`` package."""

from __future__ import annotations

import pytest
from datadog import api, initialize
from datadog.api.exceptions import ApiError

from tests.conftest import RunningServer


@pytest.fixture
def client(server: RunningServer) -> None:
    initialize(api_key=server.api_key, app_key=server.app_key, api_host=server.url, mute=False)


def test_a_comment_is_an_event_that_can_be_changed(client: None, server: RunningServer) -> None:
    made = api.Comment.create(message="Restarted the loom")["comment"]
    assert made["handle"] == server.email
    assert api.Event.get(made["id"])["event"]["text"] == "Restarted the loom"

    changed = api.Comment.update(made["id"], message="Restarted the orrery", handle="curator@example.com")[
        "comment"
    ]
    assert changed["id"] == made["id"]
    assert api.Event.get(made["id"])["event"]["text"] == "Restarted the orrery"


def test_a_comment_on_an_event_names_it(client: None) -> None:
    event = api.Event.create(title="Deploy", text="v2")["event"]
    comment = api.Comment.create(message="Looks good", related_event_id=event["id"])["comment"]
    assert comment["related_event_id"] == str(event["id"])


def test_what_is_no_comment_is_not_changed(client: None) -> None:
    event = api.Event.create(title="Deploy", text="v3")["event"]
    with pytest.raises(ApiError):
        api.Comment.update(event["id"], message="No")
