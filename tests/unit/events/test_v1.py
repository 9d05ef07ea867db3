from __future__ import annotations

from typing import Any

import pytest

from heeler.api.errors import ApiError
from heeler.events import v1
from heeler.events.store import StoredEvent, read_cursor, write_cursor

NOW = 1_700_000_000.0


def test_what_is_null_or_absent_has_its_default() -> None:
    event, extra = v1.read_event(
        {"title": "t", "text": None, "tags": None, "priority": None, "host": None}, NOW
    )
    assert (event.time, event.alert_type, event.priority, event.tags) == (int(NOW), "info", "normal", ())
    assert extra == {}


def test_numbers_and_tags_may_be_strings() -> None:
    event, extra = v1.read_event(
        {
            "title": "t",
            "text": "x",
            "date_happened": str(int(NOW) - 60),
            "tags": "a:1, b:2",
            "device_name": "sda",
        },
        NOW,
    )
    assert event.time == int(NOW) - 60
    assert set(event.tags) == {"a:1", "b:2"}
    assert extra == {"device_name": "sda"}


def test_long_texts_are_cut() -> None:
    event, _ = v1.read_event({"title": "t" * 1000, "text": "x" * 10_000}, NOW)
    assert (len(event.title), len(event.text)) == (500, 4_000)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"title": " "}, "'title'"),
        ({"title": "t", "date_happened": NOW - 19 * 3600}, "too far in the past"),
        ({"title": "t", "date_happened": NOW + 2 * 86_400}, "too far in the future"),
        ({"title": "t", "date_happened": "soon"}, "UNIX seconds"),
        ({"title": "t", "priority": "urgent"}, "normal, low"),
        ({"title": "t", "tags": 5}, "list of strings"),
        ("text", "JSON object"),
    ],
)
def test_errors_say_what_is_expected(body: Any, words: str) -> None:
    with pytest.raises(ApiError, match=words) as caught:
        v1.read_event(body, NOW)
    assert caught.value.status == 400


def test_parameters_of_the_list_are_one_search() -> None:
    search = v1.list_search("low", "jenkins, my apps", "env:prod,role:web")
    assert search == r"priority:low source:(jenkins OR my\ apps) tags:env\:prod tags:role\:web"
    assert v1.list_search(None, None, None) == ""


def test_an_event_without_source_is_of_my_apps() -> None:
    event, _ = v1.read_event({"title": "t", "text": "x"}, NOW)
    assert v1.listed(StoredEvent(5, event))["source"] == "My Apps"


def test_a_cursor_is_read_back() -> None:
    assert read_cursor(write_cursor(2**62 + 5)) == 2**62 + 5
