"""Chains of calls: forms that people write, errors with their place, and work that grows as the text does."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heeler.monitors.errors import InvalidQuery
from heeler.monitors.queries.call_syntax import read_chain
from tests.work import lines_run


def test_quotes_of_either_kind_none_and_unescaped_ones() -> None:
    chain = read_chain("'a.b' .over(\"x:y\", 'z').by(host) .last(2)")
    assert (chain.name, chain.text) == ("", "a.b")
    assert chain.calls == (("over", ("x:y", "z")), ("by", ("host",)), ("last", ("2",)))
    search = read_chain('logs("service:a "exact words" @k:\\"v\\"").rollup("count").last("5m")')
    assert search.text == 'service:a "exact words" @k:"v"'
    assert search.arguments("last") == ("5m",)
    assert read_chain('logs("msg:\\(a\\)").by("x")').text == "msg:\\(a\\)"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('logs("a', "no closing quote"),
        ("logs", r"expected '\('"),
        ('logs("a").by("x"', "expected ',' or"),
        ('"a".over("x" "y")', "expected ',' or"),
        ('"a" over("x")', r"expected '\.'"),
    ],
)
def test_errors_name_the_place(text: str, reason: str) -> None:
    with pytest.raises(InvalidQuery, match=reason):
        read_chain(text)


@given(st.text(alphabet="ab\"'().,\\ ", max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    with contextlib.suppress(InvalidQuery):
        read_chain(text)


@pytest.mark.parametrize("part", ['"', "(", ".a(", '.a("x")', '" ) ', "\\", " "])
def test_work_grows_as_the_text_does(part: str) -> None:
    def read(count: int) -> None:
        with contextlib.suppress(InvalidQuery):
            read_chain('logs("' + part * count)

    assert lines_run(lambda: read(800)) < 6 * lines_run(lambda: read(200)) + 2000
