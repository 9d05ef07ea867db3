"""What the agent says about its machine."""

from __future__ import annotations

import json
import socket
from collections import namedtuple
from pathlib import Path
from typing import Any

import psutil
import pytest

from heeler.agent import metadata
from heeler.agent.config import Config
from heeler.agent.hostname import Hostname

Address = namedtuple("Address", ["family", "address"])


@pytest.fixture
def machine_id(monkeypatch: pytest.MonkeyPatch) -> dict[str, bytes]:
    """The contents of the files of the machine's id, by path."""
    files: dict[str, bytes] = {}

    def read_text(path: Path, *_: Any, **options: Any) -> str:
        if str(path) not in files:
            raise FileNotFoundError(path)
        return files[str(path)].decode("utf-8", options.get("errors", "strict"))

    monkeypatch.setattr(Path, "read_text", read_text)
    return files


def test_machines_of_one_image_do_not_share_an_id(
    machine_id: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Images have an empty file, or the word of systemd, until the first start."""
    for text in (b"", b"\n", b"uninitialized\n"):
        machine_id["/etc/machine-id"] = text
        found = set()
        for node in (1, 2):
            monkeypatch.setattr("uuid.getnode", lambda node=node: node)
            found.add(metadata.agent_uuid())
        assert len(found) == 2, text


def test_the_second_file_is_read_where_the_first_is_empty(machine_id: dict[str, bytes]) -> None:
    machine_id.update({"/etc/machine-id": b"", "/var/lib/dbus/machine-id": b"abc\n"})
    of_second = metadata.agent_uuid()
    machine_id["/etc/machine-id"] = b"abc"
    assert metadata.agent_uuid() == of_second
    machine_id["/etc/machine-id"] = b"\xff\xfe"
    assert metadata.agent_uuid() != of_second


def interfaces(monkeypatch: pytest.MonkeyPatch, **addresses: list[tuple[Any, str]]) -> dict[str, Any]:
    found = {name: [Address(*one) for one in some] for name, some in addresses.items()}
    monkeypatch.setattr(psutil, "net_if_addrs", lambda: found)
    network: dict[str, Any] = metadata.gohai()["network"]
    return network


LOOPBACK = [(socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")]


def test_a_machine_without_ipv4_has_the_address_of_its_interface(monkeypatch: pytest.MonkeyPatch) -> None:
    outward = [(socket.AF_INET6, "fe80::1%eth0"), (socket.AF_INET6, "2001:db8::5"), (psutil.AF_LINK, "aa:bb")]
    idle = [(socket.AF_INET6, "fe80::2%veth")]
    found = interfaces(monkeypatch, lo=LOOPBACK, veth=idle, eth0=outward)
    assert (found["ipaddress"], found["ipaddressv6"], found["macaddress"]) == ("", "2001:db8::5", "aa:bb")
    assert found["interfaces"][2]["ipv6"] == ["fe80::1", "2001:db8::5"]


def test_a_global_address_goes_before_a_link_local_one(monkeypatch: pytest.MonkeyPatch) -> None:
    both = [(socket.AF_INET, "192.0.2.7"), (socket.AF_INET6, "fe80::1%e"), (socket.AF_INET6, "2001:db8::5")]
    found = interfaces(monkeypatch, lo=LOOPBACK, e=both)
    assert (found["ipaddress"], found["ipaddressv6"]) == ("192.0.2.7", "2001:db8::5")


def test_a_machine_without_any_network(monkeypatch: pytest.MonkeyPatch) -> None:
    assert interfaces(monkeypatch)["ipaddress"] == ""
    assert interfaces(monkeypatch, lo=LOOPBACK)["ipaddress"] == "127.0.0.1"


def test_a_file_system_that_may_not_be_read_leaves_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    part = namedtuple("part", ["device", "mountpoint"])
    parts = [part("/dev/a", "/secret"), part("/dev/b\udcff", "/")]
    real = psutil.disk_usage

    def usage(path: str) -> Any:
        if path == "/secret":
            raise PermissionError(path)
        return real(path)

    monkeypatch.setattr(psutil, "disk_partitions", lambda: parts)
    monkeypatch.setattr(psutil, "disk_usage", usage)
    (one,) = metadata.gohai()["filesystem"]
    assert one["mounted_on"] == "/"
    assert json.loads(json.dumps(one)) == one


def test_the_payloads_are_json_and_leaves_of_gohai_are_text(tmp_path: Path) -> None:
    config = Config(tmp_path, {"api_key": "k", "hostname": "box", "dd_url": "http://127.0.0.1:1"})
    hostname = Hostname("box", "configuration")
    payload = json.loads(json.dumps(metadata.host_payload(config, hostname)))
    document = json.loads(payload["gohai"])

    def leaves(node: Any) -> list[Any]:
        if isinstance(node, dict):
            return [leaf for value in node.values() for leaf in leaves(value)]
        return [leaf for value in node for leaf in leaves(value)] if isinstance(node, list) else [node]

    assert [leaf for leaf in leaves(document) if not isinstance(leaf, str)] == []
    assert payload["meta"]["hostname"] == payload["internalHostname"] == "box"
    kinds = [set(one) - {"hostname", "timestamp", "uuid"} for one in metadata.inventory(config, hostname, {})]
    assert kinds == [{"agent_metadata"}, {"host_metadata"}]
    assert len(list(metadata.inventory(config, hostname, {"cpu": [{}]}))) == 3
