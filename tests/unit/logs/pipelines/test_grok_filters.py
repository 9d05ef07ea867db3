"""Filters of grok rules: the documented results, and texts that must not end a rule."""

from __future__ import annotations

import json
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from heeler.logs.pipelines.grok import compile_grok
from heeler.logs.pipelines.grok_filters import (
    MAX_DEPTH,
    NOTHING,
    FilterError,
    cast,
    integer,
    make_filter,
    number,
    put,
)


def run(name: str, text: object, *arguments: Any) -> Any:
    return make_filter(name, list(arguments))(text)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [("12", 12), ("-7", -7), ("+3", 3), ("1.5", 1.5), ("2.0", 2), (".5", 0.5), ("5.", 5), ("1e3", 1000), ("1e-2", 0.01),
     (7, 7), (1.5, 1.5), ("9223372036854775807", 2**63 - 1), ("18446744073709551615", 2**64 - 1), ("007", 7)],
)  # fmt: skip
def test_numbers(text: object, wanted: float) -> None:
    found = number(text)
    assert found == wanted
    assert type(found) is type(wanted)


@pytest.mark.parametrize(
    "text", ["", "x", "1x", "1,5", "0x10", "NaN", "inf", "--1", "1e", "١٢", "1_000", None, True, [], {}]
)
def test_what_is_no_number(text: object) -> None:
    assert number(text) is NOTHING
    assert integer(text) is NOTHING


@pytest.mark.parametrize("text", ["1e999", "-1e999", "9" * 400, "1" * 5000, "-" + "8" * 310])
def test_what_no_double_holds_is_no_number_and_stays_text(text: str) -> None:
    assert number(text) is NOTHING
    assert integer(text) is NOTHING
    assert cast(text) == text


@pytest.mark.parametrize(
    "text", ["18446744073709551616", "-9223372036854775809", "123456789012345678901234567890"]
)
def test_digits_beyond_64_bits_are_not_lost(text: str) -> None:
    assert cast(text) == text
    assert number(text) == float(text)
    assert integer(text) is NOTHING


@pytest.mark.parametrize(
    ("text", "wanted"), [("3", 3), ("3.0", 3), (4.0, 4), ("1e3", 1000), ("3.5", NOTHING), ("1e30", NOTHING)]
)
def test_integers(text: object, wanted: object) -> None:
    assert integer(text) == wanted


@pytest.mark.parametrize(
    ("text", "wanted"),
    [("true", True), ("false", False), ("TRUE", "TRUE"), ("1", 1), ("1.5", 1.5), ("0755", 755), ("089", "089"), ("x", "x"), ("", "")],
)  # fmt: skip
def test_casts_by_looks(text: str, wanted: object) -> None:
    assert cast(text) == wanted


@pytest.mark.parametrize("text", ["x=1e999 y=2", f"x={'7' * 5000} y=2", "x=99999999999999999999 y=2"])
def test_a_rule_goes_on_over_a_number_that_is_too_large(text: str) -> None:
    for pattern in (
        "%{data::keyvalue}",
        "x=%{notSpace:x:number} y=%{integer:y}",
        "x=%{numberExt:x} y=%{integer:y}",
    ):
        found = compile_grok(f"rule {pattern}").parse(text)
        assert found is not None
        assert found[1]["y"] == 2
        orjson.dumps(found[1])


@pytest.mark.parametrize(
    ("text", "factor", "wanted"),
    [("1.5", "1000", 1500), ("1700000000.123", "1000", 1700000000123), ("0.1", "3", 0.3), (12, "0.5", 6), ("7", "-1", -7),
     ("1700000000123456", "0.001", 1700000000123.456), ("x", "2", NOTHING), ("1e308", "1e10", NOTHING), (10**18, "1", 10**18)],
)  # fmt: skip
def test_scaled_numbers_keep_their_digits(text: object, factor: str, wanted: object) -> None:
    assert run("scale", text, factor) == wanted


@pytest.mark.parametrize(
    ("name", "text", "wanted"),
    [
        ("boolean", "TRUE", True),
        ("boolean", "yes", False),
        ("lowercase", "ÄbC", "äbc"),
        ("uppercase", "aß", "ASS"),
        ("decodeuricomponent", "%2Fservice%2Ftest", "/service/test"),
        (
            "querystring",
            "?productId=superproduct&promotionCode=superpromo",
            {"productId": "superproduct", "promotionCode": "superpromo"},
        ),
        ("querystring", "a=&b=%20x", {"a": "", "b": " x"}),
        ("json", '{"a": [1, null], "b": {"c": "x"}}', {"a": [1, None], "b": {"c": "x"}}),
        ("json", "{a}", NOTHING),
        ("json", "", NOTHING),
        ("rubyhash", '{name => "John", "job" => {"company" => "Big Company", "title" => "CTO"}}', NOTHING),
        ("rubyhash", '{:name => "John", "n" => nil, "l" => [1, :x => 2]}', NOTHING),
        ("rubyhash", '{:name => "a => :b", "job" => {"n" => nil}}', {"name": "a => :b", "job": {"n": None}}),
        (
            "url",
            "https://example.com/a?b=c",
            {"scheme": "https", "host": "example.com", "port": 443, "path": "/a", "queryString": {"b": "c"}},
        ),
        ("url", "no url", NOTHING),
    ],
)
def test_simple_filters(name: str, text: str, wanted: object) -> None:
    assert run(name, text) == wanted


@pytest.mark.parametrize(
    "name", ["json", "querystring", "lowercase", "xml", "url", "rubyhash", "decodeuricomponent"]
)
@pytest.mark.parametrize("value", [None, 5, 1.5, True, [1], {}])
def test_filters_of_text_fail_on_other_values(name: str, value: object) -> None:
    assert run(name, value) is NOTHING


@pytest.mark.parametrize(
    ("text", "arguments", "wanted"),
    [
        # Of the public documentation.
        ("key=valueStr", (), {"key": "valueStr"}),
        ("key=<valueStr>", (), {"key": "valueStr"}),
        ('"key"="valueStr"', (), {"key": "valueStr"}),
        ("key:valueStr", (":",), {"key": "valueStr"}),
        ('key:"/valueStr"', (":", "/"), {"key": "/valueStr"}),
        ("key:={valueStr}", (":=", "", "{}"), {"key": "valueStr"}),
        ("key1=value1|key2=value2", ("=", "", "", "|"), {"key1": "value1", "key2": "value2"}),
        ('key1="value1"|key2="value2"', ("=", "", "", "|"), {"key1": "value1", "key2": "value2"}),
        (
            "user=john connect_date=11/08/2017 id=123 action=click",
            (),
            {"user": "john", "id": 123, "action": "click"},
        ),
        (
            "user=john connect_date=11/08/2017 id=123",
            ("=", "/"),
            {"user": "john", "connect_date": "11/08/2017", "id": 123},
        ),
        (
            "url=https://app.datadoghq.com/x user=john",
            ("=", "/:"),
            {"url": "https://app.datadoghq.com/x", "user": "john"},
        ),
        ("a=1, b=true; c=null,d=", (), {"a": 1, "b": True}),
        ("a=1 a=2 a=x", (), {"a": [1, 2, "x"]}),
        ("a.b=1 a.c=2", (), {"a": {"b": 1, "c": 2}}),
        ('a="1" b="true"', (), {"a": "1", "b": "true"}),
        ('a="x y, z=4" b=2', (), {"a": "x y, z=4", "b": 2}),
        ("nothing here", (), {}),
        ("", (), {}),
    ],
)
def test_key_values(text: str, arguments: tuple[str, ...], wanted: object) -> None:
    assert run("keyvalue", text, *arguments) == wanted


@pytest.mark.parametrize(
    ("text", "arguments", "wanted"),
    [
        (
            "John,Doe,120,Jefferson St.,Riverside",
            ("first,last,n,street,city",),
            {"first": "John", "last": "Doe", "n": 120, "street": "Jefferson St.", "city": "Riverside"},
        ),
        ("a,b", ("x,y,z",), {"x": "a", "y": "b"}),
        ("a,b,c", ("x,y",), {"x": "a", "y": "b"}),
        ("a,,c", ("x,y,z",), {"x": "a", "z": "c"}),
        ('"a,b","say ""hi"""', ("x,y",), {"x": "a,b", "y": 'say "hi"'}),
        ("a\tb", ("x,y", "tab"), {"x": "a", "y": "b"}),
        ("'a;b';1.5", ("x,y", ";", "'"), {"x": "a;b", "y": 1.5}),
        ("a, b", ("x, y",), {"x": "a", "y": "b"}),
    ],
)
def test_separated_values(text: str, arguments: tuple[str, ...], wanted: object) -> None:
    assert run("csv", text, *arguments) == wanted


def test_arrays() -> None:
    assert run("array", "[a,b, c]") == ["a", "b", " c"]
    assert run("array", "[]") == []
    assert run("array", "a-b", "", "-") == ["a", "b"]
    assert run("array", "{1;2}", "{}", ";", make_filter("integer", [])) == [1, 2]
    assert run("array", "[1,x]", make_filter("integer", [])) is NOTHING
    assert run("array", "a,b") is NOTHING
    assert run("array", "[a,b] rest") is NOTHING
    assert run("array", "|a,b|", "|", ",") == ["a", "b"]
    assert run("array", "|", "|", ",") is NOTHING


def test_xml_of_the_documentation() -> None:
    text = (
        '<book category="CHILDREN"><title lang="en">Harry Potter</title><author>J K. Rowling</author>'
        "<year>2005</year><tag>a</tag><tag>b</tag></book>"
    )
    assert run("xml", text) == {
        "book": {
            "category": "CHILDREN",
            "title": {"lang": "en", "value": "Harry Potter"},
            "author": "J K. Rowling",
            "year": "2005",
            "tag": ["a", "b"],
        }
    }


@pytest.mark.parametrize(
    "text",
    ["<a>", "text", "", "<a></b>", '<!DOCTYPE x [<!ENTITY e "bomb">]><x>&e;</x>', "<a>" * (MAX_DEPTH + 1) + "</a>" * (MAX_DEPTH + 1)],
)  # fmt: skip
def test_xml_that_is_not_read(text: str) -> None:
    assert run("xml", text) is NOTHING


@pytest.mark.parametrize(
    ("name", "arguments"),
    [("nothing", []), ("scale", []), ("scale", ["x"]), ("scale", ["1e999"]), ("number", ["1"]), ("nullIf", []), ("keyvalue", ["=", "", "x"]),
     ("keyvalue", ["="] * 5), ("keyvalue", ["(", "", "", ""]), ("keyvalue", ["=", "", "", "abc"]), ("csv", ["a", "::"]), ("csv", ["a", ",", ""]), ("csv", [])],
)  # fmt: skip
def test_arguments_that_a_filter_does_not_take(name: str, arguments: list[Any]) -> None:
    with pytest.raises(FilterError):
        make_filter(name, arguments)


def test_a_value_that_is_named_is_left_out() -> None:
    assert run("nullIf", "-", "-") is NOTHING
    assert run("nullIf", "x", "-") == "x"


def test_a_second_value_of_a_path_makes_an_array() -> None:
    tree: dict[str, Any] = {}
    for path, value in (("a.b", 1), ("a.b", 2), ("a.b", 3), ("a", {"c": 4}), ("a.c", 5), ("a.b.d", 6)):
        put(tree, path, value)
    assert tree == {"a": {"b": [1, 2, 3], "c": [4, 5]}, "a.b.d": 6}


@given(
    st.dictionaries(
        st.from_regex(r"[a-z]{1,6}", fullmatch=True), st.integers(-(2**63), 2**64 - 1), min_size=1
    )
)
def test_pairs_that_are_written_are_read(pairs: dict[str, int]) -> None:
    assert run("keyvalue", " ".join(f"{key}={value}" for key, value in pairs.items())) == pairs


@given(st.text())
@pytest.mark.parametrize(
    "name",
    [
        "number",
        "integer",
        "boolean",
        "json",
        "rubyhash",
        "querystring",
        "xml",
        "url",
        "keyvalue",
        "useragent",
    ],
)
def test_no_text_is_an_error(name: str, text: str) -> None:
    found = run(name, text)
    assert found is NOTHING or json.dumps(found)
