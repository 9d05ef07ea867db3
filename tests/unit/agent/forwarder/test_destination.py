"""Addresses, keys, and where a redirect may lead."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heeler.agent.config import Config, ConfigError
from heeler.agent.forwarder.destination import Destination, destinations, redirect_target


def made(tmp_path: Path, **settings: Any) -> list[tuple[str, str]]:
    found = destinations(Config(tmp_path, {"api_key": "main", "dd_url": "http://a:1", **settings}))
    return [(one.url, one.api_key) for one in found]


def test_the_main_address_and_additional_ones_with_each_of_their_keys(tmp_path: Path) -> None:
    more = {"https://b/": ["k1", "k2"], "http://c:8": ["k3"]}
    assert made(tmp_path, additional_endpoints=more) == [
        ("http://a:1", "main"),
        ("https://b", "k1"),
        ("https://b", "k2"),
        ("http://c:8", "k3"),
    ]


def test_one_key_may_stand_without_a_list(tmp_path: Path) -> None:
    assert made(tmp_path, additional_endpoints={"https://b": "whole-key"})[1:] == [("https://b", "whole-key")]


@pytest.mark.parametrize(
    "more",
    [
        ["https://b"],
        "https://b",
        {"https://b": [None]},
        {"https://b": [""]},
        {"https://b": 5},
        {"b": ["k"]},
        {"https://": ["k"]},
    ],
)
def test_additional_endpoints_that_are_none_are_refused(tmp_path: Path, more: object) -> None:
    with pytest.raises(ConfigError):
        made(tmp_path, additional_endpoints=more)


def test_an_address_of_its_own_is_the_only_one(tmp_path: Path) -> None:
    config = Config(
        tmp_path, {"api_key": "k", "dd_url": "http://a:1", "additional_endpoints": {"https://b": ["x"]}}
    )
    assert [one.url for one in destinations(config, "http://logs:2/")] == ["http://logs:2"]


def test_without_a_key(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no API key"):
        made(tmp_path, api_key=" ")


@pytest.mark.parametrize(
    "url", ["localhost:8124", "ftp://a", "http://", "//a", "http://[a", "http://a:port", "http://a:99999"]
)
def test_what_is_no_address_is_refused_by_name(tmp_path: Path, url: str) -> None:
    with pytest.raises(ConfigError, match="is no address"):
        made(tmp_path, dd_url=url)


@pytest.mark.parametrize(
    ("url", "location", "wanted"),
    [
        ("http://a:1/x", "/y", "http://a:1/y"),
        ("http://a:1/x", "y?z=1", "http://a:1/y?z=1"),
        ("http://a:1/x", "http://a:1/y", "http://a:1/y"),
        ("http://a:1/x", "http://A:1/y", "http://A:1/y"),
        ("http://a/x", "http://a:80/y", "http://a:80/y"),
        ("http://a:1/x", "//a:1/y", "http://a:1/y"),
        ("http://a/x", "https://a/x", "https://a/x"),
        ("http://a:8080/x", "https://a:8443/x", "https://a:8443/x"),
        ("https://a/x", "https://a:443/y", "https://a:443/y"),
    ],
)
def test_redirects_that_are_followed(url: str, location: str, wanted: str) -> None:
    assert redirect_target(url, location) == wanted


@pytest.mark.parametrize(
    ("url", "location"),
    [
        ("http://a:1/x", ""),
        ("http://a:1/x", "http://b:1/x"),
        ("http://a:1/x", "http://a:2/x"),
        ("http://a:1/x", "//b/x"),
        ("http://a:1/x", "http://a.b:1/x"),
        ("http://a:1/x", "http://a:1@b/x"),
        ("https://a/x", "http://a/x"),
        ("https://a/x", "https://a:444/x"),
        ("http://a:1/x", "ftp://a:1/x"),
        ("http://a:1/x", "http://a:99999/"),
        ("http://a:1/x", "http://a:port/"),
        ("http://a:1/x", "http://[::1/"),
        ("http://a:1/x", "http://a:-1/"),
    ],
)
def test_a_key_goes_to_no_other_server_and_never_in_the_clear(url: str, location: str) -> None:
    assert redirect_target(url, location) is None


@given(st.text())
def test_any_location_is_followed_on_the_same_host_or_not_at_all(location: str) -> None:
    found = redirect_target("https://host.example:8443/api", location)
    assert found is None or found.startswith("https://host.example:8443")


ONE = Destination("http://a:1", "0123456789abcdef", "dd_url in the file", "/etc/datadog.yaml")


@pytest.mark.parametrize("status", [400, 401, 403, 404, 408, 413, 415, 422, 429, 431, 500, 503, 507])
def test_a_refusal_names_address_setting_and_status_and_no_key(status: int) -> None:
    said = ONE.refusal(status)
    assert "http://a:1 (from dd_url in the file)" in said
    assert str(status) in said
    assert "0123456789" not in said
    # What the server refuses for good is dropped, all else retained.
    assert ("dropped" in said) == (status in (400, 413, 415, 422, 431))


def test_the_end_of_a_key_tells_which_it_is() -> None:
    assert "…bcdef" in ONE.refusal(403)
    assert Destination("http://a", "", "x", "y").key_hint == "(none)"


def test_errors_say_their_reason() -> None:
    assert "(Connection refused)" in ONE.unreachable(OSError("<x object at 0x7f>: Connection refused"))
    assert "answers at http://a:1" in ONE.not_an_intake(200)
    assert "no address" in ONE.redirected(302, "")
