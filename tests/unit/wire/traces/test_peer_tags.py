from __future__ import annotations

from heeler.wire.traces.peer_tags import PEER_TAGS, peer_attributes, with_attributes


def test_the_first_source_of_an_attribute_is_its_value() -> None:
    tags = ["out.host:last", "net.peer.name:first:1", "db.name:orders", "_dd.base_service:web", "db.system:"]
    assert peer_attributes(tags) == ["peer.db.name:orders", "peer.hostname:first:1"]
    assert with_attributes(["peer.service:pay", "mine:x"]) == ["peer.service:pay", "mine:x"]
    assert peer_attributes([]) == []


def test_base_service_is_first_as_in_order_of_name() -> None:
    assert sorted(PEER_TAGS) == list(PEER_TAGS)
