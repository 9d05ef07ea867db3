from __future__ import annotations

import pytest

from heeler.agent.reports.flare import scrub_text

KEY = "0123456789abcdef0123456789abcdef"


@pytest.mark.parametrize(
    "text",
    [
        "password: hunter2",
        "password=hunter2, next",
        '{"password": "hunter2", "port": 1}',
        "{'app_key': 'hunter2'}",
        'password: "one hunter2"',
        "DD_APP_KEY=hunter2",
        "DD_APPLICATION_KEY=hunter2",
        "secret-token: hunter2",
        "Authorization: Bearer hunter2hunter2",
        "GET http://user:hunter2@host/ failed",
        "redis://:hunter2@host",
        "-----BEGIN PRIVATE KEY-----\nhunter2\n-----END PRIVATE KEY-----",
    ],
)
def test_secrets_of_a_log_are_gone(text: str) -> None:
    assert "hunter2" not in scrub_text(text, "")


def test_the_api_key_keeps_its_end_and_the_rest_stays() -> None:
    assert scrub_text(f"sent with {KEY} to host", KEY) == "sent with " + "*" * 27 + "bcdef to host"
    for text in ("12 points are sent to http://host:80/a", "the token bucket is full", '{"port": 1}'):
        assert scrub_text(text, KEY) == text
