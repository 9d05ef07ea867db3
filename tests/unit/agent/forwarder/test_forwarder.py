"""The forwarder: what an answer means, how long to wait, what waits on disk."""

from __future__ import annotations

import socket
import zlib
from pathlib import Path

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from heeler.agent.config import Config, ConfigError
from heeler.agent.forwarder import Destination, Forwarder, Transaction, destinations
from heeler.agent.forwarder.spool import Spool
from heeler.agent.forwarder.transaction import Verdict, backoff_seconds, compress, verdict
from tests.conftest import free_port


def transaction(text: str) -> Transaction:
    return Transaction("/p", text.encode(), {"A": "b"}, 1.0)


@pytest.mark.parametrize(
    ("status", "meaning"),
    [
        (200, Verdict.SENT),
        (202, Verdict.SENT),
        (302, Verdict.RETRY),
        (400, Verdict.DROPPED),
        (415, Verdict.DROPPED),
        (403, Verdict.RETRY),
        (413, Verdict.SPLIT),
        (401, Verdict.RETRY),
        (404, Verdict.RETRY),
        (429, Verdict.RETRY),
        (503, Verdict.RETRY),
        (507, Verdict.RETRY),
    ],
)
def test_what_a_status_means(status: int, meaning: Verdict) -> None:
    assert verdict(status) is meaning


@given(st.integers(1, 10_000), st.floats(0, 1, exclude_max=True))
def test_pauses_grow_within_their_bounds(errors: int, random: float) -> None:
    pause = backoff_seconds(errors, factor=2, base=2, longest=64, random=random)
    assert 2.0 ** min(errors, 5) <= pause <= 64
    assert backoff_seconds(errors + 1, factor=2, base=2, longest=64, random=random) >= pause


@pytest.mark.parametrize("kind", ["zstd", "zlib", "none"])
def test_bodies_come_back_from_their_encoding(kind: str) -> None:
    packed, encoding = compress(b"x" * 1000, kind)
    unpack = {
        "zstd": lambda body: zstandard.ZstdDecompressor().decompress(body),
        "deflate": zlib.decompress,
        "identity": bytes,
    }
    assert unpack[encoding](packed) == b"x" * 1000


def test_the_spool_keeps_order_over_a_restart(tmp_path: Path) -> None:
    spool = Spool(tmp_path, 10_000)
    for text in ("a", "b", "c"):
        spool.put(transaction(text))
    spool.pop()
    again = Spool(tmp_path, 10_000)
    again.put(transaction("d"))
    seen = []
    while (one := again.peek()) is not None:
        seen.append(one.body)
        again.pop()
    assert seen == [b"b", b"c", b"d"]
    assert (len(again), again.size) == (0, 0)


@given(sizes=st.lists(st.integers(0, 400), max_size=40))
def test_the_spool_never_outgrows_its_limit(
    tmp_path_factory: pytest.TempPathFactory, sizes: list[int]
) -> None:
    folder = tmp_path_factory.mktemp("spool")
    spool = Spool(folder, 1000)
    for size in sizes:
        spool.put(transaction("x" * size))
    on_disk = sum(file.stat().st_size for file in folder.iterdir())
    assert on_disk == spool.size <= 1000
    assert len(spool) + spool.dropped == len(sizes)


def test_a_broken_file_in_the_spool_does_not_stop_the_others(tmp_path: Path) -> None:
    spool = Spool(tmp_path, 10_000)
    spool.put(transaction("a"))
    spool.put(transaction("b"))
    sorted(tmp_path.iterdir())[0].write_bytes(b"\xc1 torn")
    again = Spool(tmp_path, 10_000)
    found = again.peek()
    assert found is not None
    assert found.body == b"b"
    assert again.dropped == 1


def test_a_wrong_key_names_address_and_setting() -> None:
    destination = Destination("http://h:1", "0123456789abcdef", "dd_url in the file", "/etc/d.yaml")
    said = destination.refusal(403)
    assert "http://h:1 (from dd_url in the file) does not know the API key ending with …bcdef" in said
    assert "set api_key in /etc/d.yaml" in said
    assert "0123456789a" not in said


def test_destinations_of_additional_endpoints(tmp_path: Path) -> None:
    config = Config(tmp_path, {"api_key": "k", "additional_endpoints": {"http://b:2/": ["k2", "k3"]}})
    found = [(one.url, one.api_key) for one in destinations(config)]
    assert found == [("http://localhost:8124", "k"), ("http://b:2", "k2"), ("http://b:2", "k3")]


@pytest.mark.parametrize("url", ["localhost:8124", "ftp://h", "http://"])
def test_an_address_without_a_scheme_is_refused(tmp_path: Path, url: str) -> None:
    with pytest.raises(ConfigError, match="write http://host:port"):
        destinations(Config(tmp_path, {"api_key": "k", "dd_url": url}))


def test_what_cannot_be_sent_is_on_disk_at_the_end(tmp_path: Path) -> None:
    config = Config(tmp_path, {"api_key": "k", "dd_url": f"http://127.0.0.1:{free_port()}"})
    forwarder = Forwarder(destinations(config), config, tmp_path / "spool")
    forwarder.start()
    for number in range(5):
        forwarder.submit("/p", str(number).encode())
    forwarder.stop(1.0)
    (queue,) = forwarder.status()["destinations"]
    assert queue["spooled"] == 5
    assert "cannot be reached (" in queue["problem"]
    assert "object at 0x" not in queue["problem"]


def test_a_server_that_never_answers_does_not_hold_the_end_up(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute:
        url = f"http://127.0.0.1:{mute.getsockname()[1]}"
        config = Config(tmp_path, {"api_key": "k", "dd_url": url, "forwarder_timeout": 0.5})
        forwarder = Forwarder(destinations(config), config, tmp_path / "spool")
        forwarder.start()
        forwarder.submit("/p", b"x")
        forwarder.stop(2.0)
        assert forwarder.status()["destinations"][0]["spooled"] == 1
