"""Templates of notifications are split in time linear in their length."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heeler.monitors.notifications.template import Context, render
from heeler.monitors.notifications.template_scanner import pieces
from tests.work import lines_run

EMPTY = Context(frozenset({"is_alert"}), {"value": 950.0})

HOSTILE = [
    lambda n: "{{" + " " * n,
    lambda n: "{{" * n,
    lambda n: "{{{{raw}}}}" * n,
    lambda n: "{{!-- a }} " * n,
    lambda n: "{{#is_alert}}" * n,
    lambda n: "{{#is_match '" + "x' '" * n,
    lambda n: "}}{{" * n,
    lambda n: "{{{{a}}}}{{{{/" * n,
    lambda n: "\n{{#is_alert}}  {{/is_alert}}" * n,
    lambda n: '{{eval "' + "1+" * n,
]


@pytest.mark.parametrize("template", HOSTILE)
def test_work_grows_as_the_template_does(template: object) -> None:
    assert callable(template)
    small = lines_run(lambda: render(template(300), EMPTY))
    large = lines_run(lambda: render(template(1200), EMPTY))
    assert large < 6 * small + 2000


@given(st.lists(st.sampled_from(["{", "}", "!", "--", "/", "raw", " ", "x", "#", "\n"]), max_size=60))
def test_nothing_is_lost_outside_of_tags(parts: list[str]) -> None:
    template = "".join(parts)
    found = list(pieces(template))
    texts = "".join(piece.text for piece in found if piece.kind == "text")
    if all(piece.kind == "text" for piece in found):
        assert texts == template
    render(template, EMPTY)


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("a {{ b {{value}}", "a {{ b 950"),
        ("{{value", "{{value"),
        ("{{!-- {{value}} --}}x", "x"),
        ("{{!-- note }}x{{!-- other --}}", "x"),
        ('{{shout "x"}} {{value}}', '{{shout "x"}} 950'),
        ("{{{{is_match 'value' '95'}}}}{{value}}{{{{/is_match}}}}", "{{value}}"),
        ("{{{{is_match 'value' '7'}}}}{{value}}{{{{/is_match}}}}", ""),
        ("a\n{{#is_alert}}\nb\n{{else}}\nc\n{{/is_alert}}\nd", "a\nb\nd"),
        ("{{#is_alert}} b{{/is_alert}}\nd", " b\nd"),
        ("{{#is_warning}}\nb\n{{/is_warning}}\n\nd", "\nd"),
    ],
)
def test_tags(template: str, text: str) -> None:
    assert render(template, EMPTY) == text
