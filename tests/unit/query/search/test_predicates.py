"""Searches as predicates on records in memory, by the documented search syntax."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heeler.query.search.ast import Field, Pattern, Wild
from heeler.query.search.parser import SearchError
from heeler.query.search.predicates import (
    LowerCase,
    as_number,
    as_text,
    compile_search,
    contains_words,
    equals_value,
    has_text,
)

Record = dict[str, Any]


class _Reader:
    """Records of a message and attributes; ``@duration`` is in nanoseconds, ``service`` in lower case."""

    def values_of(self, field: Field) -> Callable[[Record], Iterable[Any]]:
        def read(record: Record) -> Iterable[Any]:
            found = record.get(field.name)
            values = found if isinstance(found, list) else [] if found is None else [found]
            return [LowerCase(value) if field.name == "service" else value for value in values]

        return read

    def is_duration(self, field: Field) -> bool:
        return field.name == "duration"

    def texts(self, record: Record, everywhere: bool) -> Iterable[str]:
        yield record.get("message", "")
        if everywhere:
            yield from (str(value) for name, value in record.items() if name != "message")

    def equals(self, field: Field, pattern: Pattern) -> Callable[[Any], bool]:
        return equals_value(pattern, self.is_duration(field))

    def is_present(self, field: Field) -> Callable[[Any], bool]:
        return has_text


def found(search: str, **record: Any) -> bool:
    return compile_search(search, _Reader())(record)


@pytest.mark.parametrize(
    ("search", "message", "wanted"),
    [
        ("disk", "Disk full", True),
        ("DISK", "the disk is full", True),
        ("disk", "diskette", False),
        ("disk", "disk-full", True),
        ("disk", "disk_full", True),
        ("disk full", "full of disk", True),
        ('"disk full"', "disk  full", True),
        ('"disk full"', "full disk", False),
        ('"disk full"', "disk is full", False),
        ("dis*", "diskette", True),
        ("d?sk", "a dusk", True),
        ("*sk", "disk", True),
        ("disk OR tape", "tape", True),
        ("disk AND tape", "tape", False),
        ("-disk", "tape", True),
        ("NOT disk", "disk", False),
        ("disk -full", "disk full", False),
        ("(a OR b) c", "b c", True),
        ("a OR b c", "a", True),
        ("größe", "die Größe", True),
        ("d*", "\ud800 disk", True),
        ("a*b", "a b", False),
        ("a*" * 30 + "b", "a" * 5000, False),
        ("10.1.2.3", "from 10.1.2.3 to", True),
        ("*", "", True),
        ("", "anything", True),
    ],
)
def test_free_text(search: str, message: str, wanted: bool) -> None:
    assert found(search, message=message) is wanted


@pytest.mark.parametrize(
    ("search", "value", "wanted"),
    [
        ("@a:x", "x", True),
        ("@a:x", "X", False),
        ("@a:x", "xy", False),
        ("@a:x*", "xy", True),
        ("@a:*y", "xy", True),
        ("@a:x?", "xy", True),
        ('@a:"x*"', "x*", True),
        ('@a:"x*"', "xy", False),
        (r"@a:hello\:world", "hello:world", True),
        ("@a:200", 200, True),
        ("@a:200", "200", True),
        ("@a:200.0", 200, True),
        ("@a:2e2", 200, True),
        ("@a:200", 200.0, True),
        ("@a:200", 201, False),
        ("@a:true", True, True),
        ("@a:1", True, False),
        ("@a:(x OR y)", "y", True),
        ("@a:(x OR y)", "z", False),
        ("@a:x", ["w", "x"], True),
        ("@a:x", ["w", "v"], False),
        ("-@a:x", ["w", "x"], False),
        ("@a:*", "x", True),
        ("@a:*", "", False),
        ("@a:*", None, False),
        ("-@a:*", None, True),
        ("@a:*", 0, True),
        ("@a:>5", 6, True),
        ("@a:>5", 5, False),
        ("@a:>=5", 5, True),
        ("@a:<5", "4.5", True),
        ("@a:<5", "text", False),
        ("@a:[400 TO 499]", 400, True),
        ("@a:[400 TO 499]", 499, True),
        ("@a:[400 TO 499]", 500, False),
        ("@a:{400 TO 499}", 400, False),
        ("@a:[400 TO 499}", 499, False),
        ("@a:[400 TO *]", 10**9, True),
        ("@a:[* TO 5]", -3, True),
        ("@a:(>=200 AND <400)", 399, True),
        ("@a:(>=200 AND <400)", 400, False),
        ("@a:>5", [1, 9], True),
        ("@a:>5", True, False),
        ("CIDR(@a,10.0.0.0/8)", "10.1.2.3", True),
        ("CIDR(@a,10.0.0.0/8)", "11.1.2.3", False),
        ("CIDR(@a,10.0.0.0/8,2001:db8::/32)", "2001:db8::1", True),
        ("NOT (CIDR(@a,10.0.0.0/8))", "no address", True),
    ],
)
def test_attributes(search: str, value: object, wanted: bool) -> None:
    record = {} if value is None else {"a": value}
    assert found(search, **record) is wanted


def test_fields_that_are_stored_in_lower_case() -> None:
    assert found("service:Shop", service="shop")
    assert found("service:SH*", service="shop")
    assert not found("service:shop", service="other")


def test_durations_may_have_units() -> None:
    assert found("@duration:>1s", duration=1_500_000_000)
    assert not found("@duration:>1s", duration=900_000_000)
    assert found("@duration:<=5ms", duration=5_000_000)
    with pytest.raises(SearchError, match="takes no unit"):
        found("@a:>1s", a=5)


@pytest.mark.parametrize("search", ["@a:>x", "@a:[1 TO b]", "(a", '"a', "@a:", "CIDR(@a,10.0.0.0/99)"])
def test_searches_that_cannot_be_read(search: str) -> None:
    with pytest.raises(SearchError):
        found(search)


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        ("x", "x"),
        (5, "5"),
        (5.0, "5"),
        (5.5, "5.5"),
        (True, "true"),
        (None, "null"),
        (10**25, "1" + "0" * 25),
        (-(2**70), str(-(2**70))),
        (float("inf"), ""),
        (float("nan"), ""),
        ([1, "a"], '[1,"a"]'),
        ({"a": None}, '{"a":null}'),
        (2.0**60, "1.152921504606847e+18"),
    ],
)
def test_values_as_text(value: object, wanted: str) -> None:
    assert as_text(value) == wanted


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        (5, 5.0),
        ("5", 5.0),
        ("-1.5e3", -1500.0),
        (".5", 0.5),
        ("5.", 5.0),
        (True, None),
        ("x", None),
        ("", None),
        (" 5", None),
        ("0x5", None),
        ("nan", None),
        ("١", None),
        (None, None),
        ("inf", None),
        ("1e999", None),
        (float("inf"), None),
        (float("nan"), None),
    ],
)
def test_values_as_numbers(value: object, wanted: float | None) -> None:
    assert as_number(value) == wanted


ANY = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=2), st.dictionaries(st.text(max_size=2), inner, max_size=2)
    ),
    max_leaves=4,
)


@given(
    ANY,
    st.sampled_from(
        ["@a:1", "@a:x*", "@a:>5", "@a:*", "@a:[1 TO 5]", "CIDR(@a,10.0.0.0/8)", "@a:1e999", "*:x"]
    ),
)
def test_no_value_ends_a_search(value: Any, search: str) -> None:
    plain, negated = found(search, a=value), found(f"-{search}", a=value)
    assert plain is not negated


@given(st.ip_addresses(v=4), st.integers(0, 32))
def test_networks(address: ipaddress.IPv4Address, size: int) -> None:
    network = ipaddress.ip_network((int(address) >> (32 - size) << (32 - size) if size else 0, size))
    assert found(f"CIDR(@a,{network})", a=str(address))


@given(
    st.text(st.characters(codec="ascii", categories=["L", "N"]), min_size=1, max_size=8),
    st.integers(),
    st.integers(),
)
def test_comparisons_are_those_of_numbers(name: str, one: int, two: int) -> None:
    for sign, wanted in ((">", one > two), (">=", one >= two), ("<", one < two), ("<=", one <= two)):
        if abs(one) < 2**53 and abs(two) < 2**53:
            assert found(f"@{name}:{sign}{two}", **{name: one}) is wanted


@pytest.mark.parametrize(("value", "wanted"), [("a" * 5000, False), ("a" * 5000 + "b", True)])
def test_many_wildcards_do_not_multiply(value: str, wanted: bool) -> None:
    assert found("@name:" + "a*" * 40 + "b", name=value) is wanted


def test_a_pattern_that_is_too_large_is_refused() -> None:
    with pytest.raises(SearchError, match="too long"):
        contains_words(Pattern((Wild(False),) * 200_000))
