from __future__ import annotations

import pytest

from heeler.dashboards.query_templates import MAX_TEXT, Choice, Template

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


class Counted(frozenset[str]):
    """Values that count how often they are looked for."""

    looked = 0

    def __contains__(self, value: object) -> bool:
        Counted.looked += 1
        return super().__contains__(value)


def test_long_parts_are_not_compared_in_thousands_of_ways() -> None:
    values = Choice(None, "", Counted({"prod"}))
    template = Template(("m{", ",", "}"), (values, values))
    longest = f"({' OR '.join(['prod'] * 1_100)})"
    assert template.fits(f"m{{{longest},{longest}}}")
    Counted.looked = 0
    text = f"m{{{longest}{',)' * 4_000}}}"
    assert len(text) < MAX_TEXT
    assert not template.fits(text)
    assert Counted.looked < MAX_TEXT
