"""Configurations of tracers: what may be set, and what agents are told."""

from __future__ import annotations

from typing import Any

import pytest

from heeler.apm.tracer_configs import ConfigError, checked, library_options, reports_of


def test_options_are_checked_and_put_in_the_tracers_words() -> None:
    options = checked({"sampling_rate": 1, "log_injection_enabled": False, "tracing_enabled": None})
    assert options == {"sampling_rate": 1.0, "log_injection_enabled": False}
    assert library_options(options) == {"tracing_sampling_rate": 1.0, "log_injection_enabled": False}


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({}, "at least one"),
        ({"sampling_rate": 1.5}, "from 0 to 1"),
        ({"sampling_rate": True}, "from 0 to 1"),
        ({"sampling_rate": "1"}, "from 0 to 1"),
        ({"log_injection_enabled": "yes"}, "Log injection"),
        ({"debug": True}, "Unknown option 'debug'"),
    ],
)
def test_what_cannot_be_is_refused_with_the_reason(given: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        checked(given)


def test_reports_are_read_as_far_as_they_are_readable() -> None:
    (one,) = reports_of({"tracers": [{"service": "web", "state": "acknowledged", "error": None}, 5]})
    assert (one.service, one.state, one.error, one.env) == ("web", "acknowledged", "", "")
    assert reports_of([]) == reports_of({"tracers": "x"}) == []
