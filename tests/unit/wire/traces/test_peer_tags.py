from __future__ import annotations

import pytest

from heeler.wire.traces.peer_tags import PEER_TAGS, peer_attributes, with_attributes, without_addresses


def test_the_first_source_of_an_attribute_is_its_value() -> None:
    tags = ["out.host:last", "net.peer.name:first:1", "db.name:orders", "_dd.base_service:web", "db.system:"]
    assert peer_attributes(tags) == ["peer.db.name:orders", "peer.hostname:first:1"]
    assert with_attributes(["peer.service:pay", "mine:x"]) == ["peer.service:pay", "mine:x"]
    assert peer_attributes([]) == []


def test_base_service_is_first_as_in_order_of_name() -> None:
    assert sorted(PEER_TAGS) == list(PEER_TAGS)


@pytest.mark.parametrize(
    ("given", "counted"),
    [
        ("", ""), ("api.stripe.com:443", "api.stripe.com:443"), ("db-1", "db-1"), ("abc", "abc"), ("::", "x"),
        ("10.1.2.3", "x"), ("10.1.2.3:5432", "x:5432"),
        ("10-1-2-3.ns.pod.cluster.local", "x.ns.pod.cluster.local"),
        ("ip-10-1-2-3.ec2.internal", "ip-x.ec2.internal"), ("https://10.1.2.3:8091", "https://x:8091"),
        ("10.1.2.3:9092,10.1.2.4:9092,kafka:9092", "x:9092,kafka:9092"),
        ("1.2.3", "1.2.3"), ("1.2.3.4.5", "x.5"),
        ("1.2.3.400", "1.2.3.400"), ("1.2-3.4", "1.2-3.4"), ("2001:db8::1f", "x"),
        ("[2001:db8::1f]:443", "x:443"),
        ("[2001:db8::1f]", "x"), ("[db]:443", "[db]:443"), ("127.0.0.1:80", "127.0.0.1:80"),
        ("[::1]:80", "[::1]:80"),
        ("169.254.169.254", "169.254.169.254"), ("orders:v2", "orders:v2"), ("fe80::1%eth0", "x"),
    ],
)  # fmt: skip
def test_addresses_are_not_counted_apart(given: str, counted: str) -> None:
    assert without_addresses(given) == counted.replace("x", "blocked-ip-address")
