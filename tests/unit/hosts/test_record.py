from __future__ import annotations

import pytest

from heeler.hosts.record import Host, is_up, matches, sort_key

WEB = Host(
    name="web-1",
    last_reported=1000.0,
    tags_by_source={"system": ["env:dev", "role:web"], "users": ["env:dev", "owner:ada"]},
    metadata={
        "v5": {
            "agentVersion": "7.1",
            "meta": {"host_aliases": ["i-123"]},
            "systemStats": {"platform": "linux"},
        },
        "check_metadata": {"cpu": [], "mongo": [], "uuid": "x"},
    },
    values={"cpu": 12.5},
)


def test_tags_of_all_sources_once_with_the_hosts_own() -> None:
    assert WEB.tags == ["host:web-1", "env:dev", "owner:ada", "role:web"]


def test_apps_are_those_of_its_checks() -> None:
    assert WEB.apps == ["agent", "mongo", "system"]
    assert Host("bare", 0.0).apps == []


@pytest.mark.parametrize(
    "text", ["", "web", "WEB-1", "i-123", "env:dev", "env:d*", "web,role:web", "host:web-1"]
)
def test_a_filter_finds_by_name_alias_and_tag(text: str) -> None:
    assert matches(WEB, text)


@pytest.mark.parametrize("text", ["db", "env:prod", "web env:prod", "env:de"])
def test_a_filter_leaves_out_what_does_not_match(text: str) -> None:
    assert not matches(WEB, text)


def test_meta_says_only_what_is_known() -> None:
    meta = WEB.meta()
    assert meta["agent_version"] == "7.1"
    assert meta["platform"] == "linux"
    assert "winV" not in meta


def test_a_host_is_up_for_two_hours() -> None:
    assert is_up(WEB, 1000 + 7200)
    assert not is_up(WEB, 1000 + 7201)


def test_hosts_without_a_reading_sort_below_those_with_one() -> None:
    hosts = [Host("b", 0.0, values={"cpu": 0.0}), Host("a", 0.0), WEB]
    assert [host.name for host in sorted(hosts, key=lambda host: sort_key(host, "cpu", 0))] == [
        "a",
        "b",
        "web-1",
    ]
