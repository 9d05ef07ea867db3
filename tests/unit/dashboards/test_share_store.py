from __future__ import annotations

import re
from typing import Any

import pytest

from heeler.dashboards.share_store import invited, new_token, problems


def test_a_token_cannot_be_guessed() -> None:
    assert re.fullmatch(r"[0-9a-f]{16}-[0-9a-f]{32}", new_token())
    assert new_token() != new_token()


@pytest.mark.parametrize(
    ("given", "part"),
    [
        ({"share_type": "open", "global_time": {"live_span": "4h"}}, None),
        ({"share_type": "embed"}, "'embed' is not available"),
        ({"share_type": "all"}, "Expected 'open' or 'invite'"),
        ({"status": "off"}, "Expected 'active' or 'paused'"),
        ({"global_time": {"live_span": "5y"}}, "live_span"),
        ({"expiration": "soon"}, "ISO 8601"),
        ({"expiration": "2030-01-01T00:00:00+00:00"}, None),
    ],
)
def test_settings_that_are_not_honored_are_rejected(given: dict[str, Any], part: str | None) -> None:
    found = problems(given)
    assert found == [] if part is None else part in found[0]


def test_people_are_named_in_two_ways() -> None:
    given = {"invitees": [{"email": "a@x.org"}], "share_list": ["b@x.org", "a@x.org"]}
    assert invited(given) == ["a@x.org", "b@x.org"]
