"""Places of addresses from real MaxMind files.

``places.mmdb`` (IPv6, with IPv4 below ::/96) and ``places4.mmdb`` (IPv4) were written by the package
``mmdb-writer`` and read back by MaxMind's own ``maxminddb``: Berlin at 203.0.113.0/24, the United States at
198.51.100.0/25, Tokyo at 2001:db8:aa::/48 (only in the first).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from heeler.logs.pipelines.geoip import GeoDatabase, GeoError
from heeler.logs.pipelines.pipeline import compile_pipeline, process
from heeler.logs.pipelines.processors import Surroundings
from heeler.wire.logs.datadog import entry_of

FOLDER = Path(__file__).parent
BERLIN = {
    "continent": {"code": "EU", "name": "Europe"},
    "country": {"iso_code": "DE", "name": "Germany"},
    "subdivision": {"iso_code": "BE", "name": "Land Berlin"},
    "city": {"name": "Berlin"},
    "location": {"lat": 52.52, "lon": 13.405},
}
AMERICA = {
    "continent": {"code": "NA", "name": "North America"},
    "country": {"iso_code": "US", "name": "United States"},
}
TOKYO = {
    "continent": {"code": "AS", "name": "Asia"},
    "country": {"iso_code": "JP", "name": "Japan"},
    "city": {"name": "Tōkyō"},
}


@pytest.mark.parametrize("name", ["places.mmdb", "places4.mmdb"])
@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("203.0.113.0", BERLIN),
        ("203.0.113.255", BERLIN),
        ("203.0.112.255", None),
        ("203.0.114.0", None),
        ("198.51.100.127", AMERICA),
        ("198.51.100.128", None),
        ("10.0.0.1", None),
        ("no address", None),
        ("", None),
    ],
)
def test_ipv4(name: str, address: str, expected: dict[str, Any] | None) -> None:
    assert GeoDatabase.open(FOLDER / name).find(address) == expected


def test_ipv6() -> None:
    both = GeoDatabase.open(FOLDER / "places.mmdb")
    assert both.find("2001:db8:aa::1") == TOKYO
    assert both.find("2001:db8:aa:ffff:ffff:ffff:ffff:ffff") == TOKYO
    assert both.find("2001:db8:ab::") is None
    assert GeoDatabase.open(FOLDER / "places4.mmdb").find("2001:db8:aa::1") is None


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"\xab\xcd\xefMaxMind.com", b"x" * 100])
def test_another_file_is_refused(content: bytes) -> None:
    with pytest.raises(GeoError):
        GeoDatabase(content)


def processed(around: Surroundings, address: str) -> tuple[dict[str, Any], list[str]]:
    document = {
        "name": "Places",
        "processors": [{"type": "geo-ip-parser", "is_enabled": True, "name": "Place", "sources": ["ip"]}],
    }
    entry = entry_of({"message": "x", "ip": address}, {}, 1_790_000_000 * 10**9)
    report = process([compile_pipeline(document, around)], entry)
    return entry.attributes, [str(one.outcome) for one in report.failures]


def test_the_processor_writes_the_place_of_an_address() -> None:
    around = Surroundings(GeoDatabase.open(FOLDER / "places.mmdb"))
    attributes, failures = processed(around, "203.0.113.9")
    assert attributes == {"ip": "203.0.113.9", "network": {"client": {"geoip": BERLIN}}}
    assert failures == []
    assert processed(around, "10.0.0.1") == ({"ip": "10.0.0.1"}, [])


def test_without_a_database_the_processor_says_so_and_the_log_stays() -> None:
    attributes, failures = processed(Surroundings(), "203.0.113.9")
    assert attributes == {"ip": "203.0.113.9"}
    assert failures == ["no GeoIP database is configured (HEELER_GEOIP_DATABASE)"]
