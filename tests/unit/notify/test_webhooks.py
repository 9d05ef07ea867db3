from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heeler.notify.delivery import backoff
from heeler.notify.webhooks import (
    DEFAULT_PAYLOAD,
    WebhookError,
    encoded,
    fill,
    fill_plain,
    hidden_headers,
    merged_headers,
)


@given(st.text())
def test_values_cannot_break_out_of_the_payload(title: str) -> None:
    filled = fill(DEFAULT_PAYLOAD, {"EVENT_TITLE": title})
    assert json.loads(filled)["title"] == title


def test_tags_are_picked_by_key_and_unknown_names_stay() -> None:
    variables = {"TAGS": "env:prod,host:a"}
    assert fill("$TAGS[host] $TAGS[x] $TAGS $NOPE", variables) == "a  env:prod,host:a $NOPE"


def test_form_takes_the_fields_of_an_object() -> None:
    assert encoded('{"a": "b c"}', "form") == (b"a=b+c", "application/x-www-form-urlencoded")
    with pytest.raises(WebhookError, match="JSON object"):
        encoded("[]", "form")
    with pytest.raises(WebhookError, match="JSON object"):
        encoded("[" * 90_000, "form")


def test_headers_are_shown_without_their_values_and_kept_when_sent_back() -> None:
    stored = json.dumps({"Authorization": "Bearer s3cret", "X-Team": "core"})
    shown = hidden_headers(stored)
    assert shown is not None
    assert "s3cret" not in shown
    assert merged_headers(shown, stored, same_host=True) == stored
    changed = merged_headers('{"Authorization": "new", "X-Team": "********"}', stored, same_host=True)
    assert json.loads(changed or "") == {"Authorization": "new", "X-Team": "core"}


def test_secrets_are_not_taken_along_to_another_host() -> None:
    stored = '{"Authorization": "Bearer s3cret"}'
    with pytest.raises(WebhookError, match="again"):
        merged_headers(hidden_headers(stored), stored, same_host=False)
    assert (
        merged_headers('{"Authorization": "other"}', stored, same_host=False) == '{"Authorization": "other"}'
    )


@pytest.mark.parametrize(
    "text",
    ["[1]", "{", '{"Host": "a"}', '{"a b": "c"}', '{"A": 1}', '{"A": "b\\r\\nC: d"}', 5,
     json.dumps({f"H{number}": "" for number in range(51)})],
)  # fmt: skip
def test_headers_that_cannot_be_sent_are_refused(text: object) -> None:
    with pytest.raises(WebhookError, match="Invalid custom_headers"):
        merged_headers(text, None, same_host=False)


def test_custom_variables_fill_headers_as_they_are() -> None:
    assert fill_plain('Bearer $TOKEN "$NOPE"', {"TOKEN": 'a"b'}) == 'Bearer a"b "$NOPE"'


def test_retries_back_off_to_an_hour() -> None:
    waits = [backoff(count).total_seconds() for count in range(1, 20)]
    assert waits[0] == 5
    assert waits == sorted(waits)
    assert waits[-1] == 3600
