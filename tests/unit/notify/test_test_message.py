"""The message of a test button."""

from __future__ import annotations

import json

import pytest

from heeler.api.errors import ApiError
from heeler.notify.test_message import sample_content, sample_variables


@pytest.mark.parametrize(
    ("state", "kind", "word", "type_"),
    [
        ("Alert", "alert", "Triggered", "error"),
        ("Warn", "warning", "Warn", "warning"),
        ("No Data", "nodata", "No Data", "error"),
        ("OK", "ok", "Recovered", "success"),
    ],
)
def test_each_state(state: str, kind: str, word: str, type_: str) -> None:
    content = sample_content(state, "https://heeler", 1_790_000_000.5)
    assert (content.kind, content.transition) == (kind, word)
    assert content.title.startswith(f"[TEST] [P3] [{word} on ")
    variables = sample_variables(content)
    json.dumps(variables)
    assert (variables["ALERT_TYPE"], variables["ALERT_TRANSITION"]) == (type_, word)
    assert (variables["DATE"], variables["DATE_POSIX"]) == (1_790_000_000_500, 1_790_000_000)


def test_a_recovery_closes_what_the_alert_opened() -> None:
    opened, closed = (sample_content(state, "https://heeler", 0) for state in ("Alert", "OK"))
    assert opened.key == closed.key != ""
    assert closed.ends


def test_other_states_are_refused() -> None:
    with pytest.raises(ApiError):
        sample_content("x" * 1000, "https://heeler", 0)
