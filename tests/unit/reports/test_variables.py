"""Template variables in queries of reports."""

from __future__ import annotations

import pytest

from heeler.reports.variables import Substitution, values_of

VARIABLES = [
    {"name": "host", "prefix": "host", "default": "*"},
    {"name": "env", "prefix": "env", "defaults": ["prod"]},
    {"name": "env.name", "prefix": None, "default": "x"},
]


@pytest.mark.parametrize(
    ("text", "filled"),
    [
        ("avg:a{$host,$env}", "avg:a{*,env:prod}"),
        ("service:$env.value", "service:prod"),
        ("region:$host", "region:*"),
        ("$env.name $other", "x $other"),
        ("no variables", "no variables"),
    ],
)
def test_defaults(text: str, filled: str) -> None:
    assert Substitution(VARIABLES, {}).text(text) == filled


def test_chosen_values() -> None:
    filled = Substitution(VARIABLES, {"host": ["a", "host:b"], "env": ["*"]})
    assert filled.text("{$host} $host.value x:$host $env") == "{(host:a OR host:b)} (a OR b) (x:a OR x:b) *"
    assert filled.all({"q": ["$env"], "n": 1}) == {"q": ["*"], "n": 1}
    assert values_of(VARIABLES, {})["env"] == ["prod"]


def test_a_long_word_takes_linear_work() -> None:
    """Quadratic work would run into the limit of time of a test."""
    text = "a" * 500_000
    assert Substitution(VARIABLES, {}).text(text) == text
