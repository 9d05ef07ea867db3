from __future__ import annotations

import random
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heeler.synthetics.assertions import Measured
from heeler.synthetics.variables import ExtractionError, extract, fill, with_builtins


def test_variables_are_filled_in_everywhere() -> None:
    request = {"url": "http://{{ HOST }}/{{HOST}}", "headers": {"X-{{ HOST }}": ["{{ HOST }}", 1]}, "n": 3}
    assert fill(request, {"HOST": "a"}) == {"url": "http://a/a", "headers": {"X-a": ["a", 1]}, "n": 3}
    assert fill("{{ UNKNOWN }}", {}) == "{{ UNKNOWN }}"


def test_a_value_is_not_filled_in_again() -> None:
    assert fill("{{ A }}", {"A": "{{ B }}", "B": "secret"}) == "{{ B }}"


@given(st.text(max_size=200))
def test_text_without_places_stays(text: str) -> None:
    assert fill(text, {}) == text


def test_built_in_values() -> None:
    rng = random.Random(1)
    assert re.fullmatch(r"u-\d{5}", with_builtins("u-{{ numeric(5) }}", 0, rng))
    assert re.fullmatch(r"[a-z]{4}", with_builtins("{{ alphabetic(4) }}", 0, rng))
    assert re.fullmatch(r"[a-z0-9]{9}", with_builtins("{{ alphanumeric(9) }}", 0, rng))
    assert re.fullmatch(r"[0-9a-f-]{36}", with_builtins("{{ uuid }}", 0, rng))
    assert with_builtins("{{ timestamp(10, m) }}", 1000, rng) == "1600"
    assert with_builtins("{{ timestamp(-10, s) }}", 1000, rng) == "990"
    assert with_builtins("{{ other(1) }}", 1000, rng) == "{{ other(1) }}"


FOUND = Measured(status=201, headers={"location": "/items/42"}, body='{"id": 42, "name": "x"}')


@pytest.mark.parametrize(
    ("wanted", "value"),
    [
        ({"type": "http_body", "parser": {"type": "json_path", "value": "$.id"}}, "42"),
        ({"type": "http_body", "parser": {"type": "raw"}}, FOUND.body),
        (
            {"type": "http_header", "field": "Location", "parser": {"type": "regex", "value": r"/(\d+)$"}},
            "42",
        ),
        ({"type": "http_header", "field": "Location", "parser": {"type": "regex", "value": r"\d+"}}, "42"),
        ({"type": "http_status_code"}, "201"),
    ],
)
def test_values_of_responses(wanted: dict[str, object], value: str) -> None:
    assert extract({"name": "V", **wanted}, FOUND) == value


@pytest.mark.parametrize(
    "wanted",
    [
        {"type": "http_header", "field": "none"},
        {"type": "http_body", "parser": {"type": "json_path", "value": "$.none"}},
        {"type": "http_body", "parser": {"type": "regex", "value": "("}},
        {"type": "http_body", "parser": {"type": "x_path", "value": "//a"}},
        {"type": "grpc_metadata"},
    ],
)
def test_what_cannot_be_read_says_why(wanted: dict[str, object]) -> None:
    with pytest.raises(ExtractionError, match="V"):
        extract({"name": "V", **wanted}, FOUND)
