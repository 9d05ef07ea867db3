"""URLs and user agents as objects."""

from __future__ import annotations

import copy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heeler.logs.pipelines.parsers import MAX_KNOWN_URL, _parse_url, parse_url, parse_user_agent


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (
            "https://app.datadoghq.com:8443/metric/explorer?live=true&page=0",
            {"scheme": "https", "host": "app.datadoghq.com", "port": 8443, "path": "/metric/explorer",
             "queryString": {"live": "true", "page": "0"}},
        ),
        ("http://example.com", {"scheme": "http", "host": "example.com", "port": 80}),
        ("https://example.com/", {"scheme": "https", "host": "example.com", "port": 443, "path": "/"}),
        ("ftp://files.example.com/a", {"scheme": "ftp", "host": "files.example.com", "path": "/a"}),
        ("/a/b?x=1&x=2&empty=", {"path": "/a/b", "queryString": {"x": "2", "empty": ""}}),
        ("//cdn.example.com/x", {"host": "cdn.example.com", "path": "/x"}),
        ("http://[::1]:8080/x", {"scheme": "http", "host": "::1", "port": 8080, "path": "/x"}),
        ("http://user:pw@example.com/x", {"scheme": "http", "host": "example.com", "port": 80, "path": "/x"}),
    ],
)  # fmt: skip
def test_parts_of_a_url(text: str, wanted: object) -> None:
    assert parse_url(text) == wanted


@pytest.mark.parametrize(
    "text", ["", "not a url", "http://[::1", "http://a:99999/", "mailto:x@y", "http://a:port/"]
)
def test_what_is_no_url(text: str) -> None:
    assert parse_url(text) is None


def test_ending_slashes_are_left_out_where_wanted() -> None:
    assert (parse_url("http://a/b//", True) or {})["path"] == "/b"
    assert (parse_url("http://a/", True) or {})["path"] == "/"
    assert "path" not in (parse_url("http://a", True) or {})
    assert (parse_url("http://a/b/") or {})["path"] == "/b/"


CHROME = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.6478.61 Safari/537.36"
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1"
PIXEL = "Mozilla/5.0 (Linux; Android 14; Pixel 8 Build/AP1A) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Mobile Safari/537.36"


@pytest.mark.parametrize(
    ("text", "system", "browser", "category"),
    [
        (
            CHROME,
            {"family": "Windows", "major": "10"},
            {"family": "Chrome", "major": "126", "minor": "0", "patch": "6478", "patch_minor": "61"},
            "Desktop",
        ),
        (
            IPHONE,
            {"family": "iOS", "major": "17", "minor": "5", "patch": "1"},
            {"family": "Safari", "major": "17", "minor": "5"},
            "Mobile",
        ),
        (
            PIXEL,
            {"family": "Android", "major": "14"},
            {"family": "Chrome", "major": "126", "minor": "0", "patch": "0", "patch_minor": "0"},
            "Mobile",
        ),
        (
            CHROME + " Edg/126.1.2.3",
            {"family": "Windows", "major": "10"},
            {"family": "Edge", "major": "126", "minor": "1", "patch": "2", "patch_minor": "3"},
            "Desktop",
        ),
        (
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) Gecko/20100101 Firefox/127.0",
            {"family": "Mac OS X", "major": "10", "minor": "15", "patch": "7"},
            {"family": "Firefox", "major": "127", "minor": "0"},
            "Desktop",
        ),
        (
            "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
            {"family": "Other"},
            {"family": "Googlebot", "major": "2", "minor": "1"},
            "Bot",
        ),
        (
            "curl/8.5.0",
            {"family": "Other"},
            {"family": "curl", "major": "8", "minor": "5", "patch": "0"},
            "Other",
        ),
    ],
)
def test_user_agents(text: str, system: object, browser: object, category: str) -> None:
    found = parse_user_agent(text)
    assert found["os"] == system
    assert found["browser"] == browser
    assert found["device"]["category"] == category


def test_devices_by_name() -> None:
    assert parse_user_agent(IPHONE)["device"] == {
        "family": "iPhone",
        "brand": "Apple",
        "model": "iPhone",
        "category": "Mobile",
    }
    assert parse_user_agent(PIXEL)["device"] == {
        "family": "Pixel 8",
        "model": "Pixel 8",
        "category": "Mobile",
    }


@given(st.text())
def test_any_text_has_the_three_parts(text: str) -> None:
    found = parse_user_agent(text)
    assert {"os", "browser", "device"} == set(found)
    assert all(isinstance(value, str) for part in found.values() for value in part.values())
    parse_url(text)


def test_a_long_text_is_cut() -> None:
    assert parse_user_agent("x" * 2000 + "Chrome/126.0")["browser"] == {"family": "Other"}
    assert parse_user_agent("(" * 100_000 + "Android " * 10_000)


def test_each_log_has_a_result_of_its_own() -> None:
    for parse in (parse_url, parse_user_agent):
        text = "https://example.com/a?b=1" if parse is parse_url else "curl/8.1"
        one = parse(text)
        assert one is not None
        before = copy.deepcopy(one)
        for value in one.values():
            if isinstance(value, dict):
                value["changed"] = True
        one.clear()
        assert parse(text) == before


@given(st.text("/a:?&=.%", max_size=MAX_KNOWN_URL + 50), st.booleans())
def test_a_url_has_the_same_parts_each_time_and_however_long(text: str, normalize: bool) -> None:
    assert parse_url(text, normalize) == parse_url(text, normalize) == _parse_url(text, normalize)
