from __future__ import annotations

from pathlib import Path

import pytest

from heeler.store_address import Host, StoreAddress


def test_servers_of_a_cluster_are_read_with_their_ports_login_and_database() -> None:
    read = StoreAddress.parse(
        "clickhouse://me:p%40ss%2Fword@a,b:9123,[fd00::1],[fd00::2]:8124/heeler?cluster=main"
    )
    assert read.hosts == (Host("a", 8123), Host("b", 9123), Host("fd00::1", 8123), Host("fd00::2", 8124))
    assert (read.user, read.password, read.database, read.cluster) == ("me", "p@ss/word", "heeler", "main")
    assert str(read) == "clickhouse://a:8123,b:9123,[fd00::1]:8123,[fd00::2]:8124/heeler"
    assert (read.tls, read.verify, read.path) == (False, True, None)


def test_what_is_left_out_has_clickhouse_s_defaults() -> None:
    read = StoreAddress.parse("clickhouses://store.example.com?verify=0&ca_cert=/etc/ca.pem")
    assert read.hosts == (Host("store.example.com", 8443),)
    assert (read.user, read.password, read.database) == ("default", "", "default")
    assert (read.tls, read.verify, read.ca_cert) == (True, False, "/etc/ca.pem")
    assert StoreAddress.parse("chdb:///var/lib/heeler").path == Path("/var/lib/heeler")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("chdb://here", "absolute"),
        ("mysql://a", "no kind of store"),
        ("clickhouse://", "host"),
        ("clickhouse://a,,b", "host"),
        ("clickhouse://a b", "host"),
        ("clickhouse://a:0", "port"),
        ("clickhouse://a/b;c", "database"),
        ("clickhouse://a?cluster=x%27", "cluster"),
        ("clickhouse://a?compress=1", "'compress' is not known"),
        ("clickhouse://a?verify=maybe", "verify"),
    ],
)
def test_what_cannot_be_an_address_is_refused_with_the_reason(text: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        StoreAddress.parse(text)


def test_messages_do_not_show_the_password() -> None:
    with pytest.raises(ValueError, match="port") as refused:
        StoreAddress.parse("clickhouse://me:topsecret@a:99999")
    assert "topsecret" not in str(refused.value)
    assert "topsecret" not in str(StoreAddress.parse("clickhouse://me:topsecret@a"))
