from __future__ import annotations

import pytest

from heeler.dashboards.query_templates import Choice, Template

HOST = Choice("*", "host:", frozenset({"a", "b,c"}))
ENV = Choice(None, "", frozenset({"x"}), any_value=True)


@pytest.mark.parametrize(
    ("text", "fits"),
    [
        ("m{host:a,x}", True),
        ("m{host:b,c,x}", True),
        ("m{*,any-word}", True),
        ("m{(host:a OR host:b,c),(x OR y)}", True),
        ("m{host:c,x}", False),
        ("m{host:a,}", False),
        ("m{host:a,x y}", False),
        ("m{host:a}", False),
        ("m{host:a,x},n{x}", False),
        ("m{(host:a OR *),x}", False),
        ("m{(host:a),x}", True),
        ("m{()}", False),
        ("", False),
    ],
)
def test_each_variable_has_a_value_that_is_allowed(text: str, fits: bool) -> None:
    assert Template(("m{", ",", "}"), (HOST, ENV)).fits(text) is fits


def test_a_text_without_variables_is_compared_whole() -> None:
    assert Template(("m{*}",), ()).fits("m{*}")
    assert not Template(("m{*}",), ()).fits("m{*} ")


def test_a_text_that_can_be_split_in_many_ways_is_refused_after_some() -> None:
    template = Template(("", "a", "a", "a", ""), (Choice(None, "", frozenset(), any_value=True),) * 4)
    assert template.fits("xayazaw")
    assert not template.fits("a" * 5000)
