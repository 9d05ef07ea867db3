from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heeler.notify.delivery import backoff
from heeler.notify.webhooks import DEFAULT_PAYLOAD, WebhookError, encoded, fill, refuse_address, resolve


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


@pytest.mark.parametrize(
    "address", ["169.254.169.254", "fe80::1", "::ffff:169.254.169.254", "0.0.0.0", "224.0.0.1"]
)
def test_link_local_is_refused(address: str) -> None:
    with pytest.raises(WebhookError):
        refuse_address(address)


async def test_a_link_local_url_is_refused() -> None:
    with pytest.raises(WebhookError, match="link-local"):
        await resolve("http://169.254.169.254/latest/meta-data")
    with pytest.raises(WebhookError, match="not an http"):
        await resolve("file:///etc/passwd")


def test_retries_back_off_to_an_hour() -> None:
    waits = [backoff(count).total_seconds() for count in range(1, 20)]
    assert waits[0] == 5
    assert waits == sorted(waits)
    assert waits[-1] == 3600
