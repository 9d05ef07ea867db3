"""Replacement texts as Go's ``regexp.Expand`` documents them."""

from __future__ import annotations

import re

import pytest
import re2
from hypothesis import given
from hypothesis import strategies as st

from heeler.agent.regexp_expand import expander

PATTERN = r"(?P<first>\w)(\d)?(?P<last>x)?"


@pytest.mark.parametrize("module", [re, re2])
@pytest.mark.parametrize(
    ("template", "wanted"),
    [
        ("", "<>"),
        ("plain", "<plain>"),
        ("$1", "<a>"),
        ("$1$2", "<a7>"),
        ("${1}x", "<ax>"),
        ("$1x", "<>"),
        ("${first}-${last}", "<a->"),
        ("$first.", "<a.>"),
        ("$0", "<a7>"),
        ("$9", "<>"),
        ("${nobody}", "<>"),
        ("$$1", "<$1>"),
        ("cost $ 5", "<cost $ 5>"),
        (r"a\1\g<1>", r"<a\1\g<1>>"),
        ("$", "<$>"),
        ("${", "<${>"),
    ],
)
def test_references(module: object, template: str, wanted: str) -> None:
    pattern = module.compile(PATTERN)  # type: ignore[attr-defined]
    assert pattern.sub(expander(template), "<a7>") == wanted


@given(st.text(), st.text(max_size=20))
def test_any_template_is_a_template(template: str, text: str) -> None:
    assert isinstance(re.sub(PATTERN, expander(template), text), str)
