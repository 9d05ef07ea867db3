"""Messages of process agents, made by the library that Agents make them with (agent-payload 5.0)."""

from __future__ import annotations

from pathlib import Path

import pytest

from heeler.wire.body_limits import LimitExceeded
from heeler.wire.metrics.series import PayloadError
from heeler.wire.processes import decode, encode, images, message_framing
from heeler.wire.processes.model import MAX_COMMAND, Container, HostSnapshot, Process

GOLDEN = Path(__file__).parent / "golden"
LIMIT = 1 << 20
ID = "0123456789abcdef" * 4
WEB = Container(
    id=ID, name="web", type="docker", image="registry.example/team/web:1.4", image_digest="sha256:abc",
    state="running", health="healthy", created=1699990000, started=1699990005, cpu=15.0, cpu_user=12.5,
    cpu_system=2.5, cpu_limit=150.0, rss=100 << 20, cache=5 << 20, memory=110 << 20, memory_limit=1 << 30,
    read_rate=10.5, write_rate=20.25, received_rate=300.0, sent_rate=400.0, threads=7, thread_limit=100,
    tags=["container_name:web", "image_name:registry.example/team/web", "short_image:web", "image_tag:1.4",
          "env:prod"],
)  # fmt: skip


def read(name: str) -> message_framing.Frame:
    return message_framing.read_frame((GOLDEN / f"agent-payload-5.0-{name}.bin").read_bytes(), LIMIT)


def test_processes_of_a_real_agent() -> None:
    found = read("processes")
    assert (found.type, found.time) == (message_framing.PROCESSES, 1700000000)
    snapshot = decode.collector_proc(found.message)
    assert (snapshot.host, snapshot.cores, snapshot.memory) == ("web-1", 2, 16 << 30)
    kafka, kernel = snapshot.processes
    assert kafka == Process(
        pid=321, ppid=1, created=1699990001234, name="java", command="/usr/bin/java -Xmx1g -jar kafka.jar",
        user="kafka", state="S", cpu=37.5, cpu_user=30.0, cpu_system=7.5, threads=42, nice=-5, rss=512 << 20,
        vms=4 << 30, open_files=99, read_rate=1024.0, write_rate=2048.0, container=ID, tags=["team:data"],
    )  # fmt: skip
    assert (kernel.name, kernel.user, kernel.state, kernel.open_files) == ("[kthreadd]", "0", "D", 0)
    assert snapshot.containers == [WEB]


def test_containers_of_a_real_agent() -> None:
    found = read("containers")
    assert found.type == message_framing.CONTAINERS
    assert decode.collector_container(found.message) == HostSnapshot("web-1", 2, 16 << 30, [], [WEB])


def test_images_of_a_real_agent() -> None:
    host, (image,) = images.decode((GOLDEN / "agent-payload-5.0-images.bin").read_bytes())
    assert host == "web-1"
    assert image == images.Image(
        id="sha256:feed", name="registry.example/team/web", registry="registry.example", short_name="web",
        repo_tags=["1.4", "latest"], repo_digest="registry.example/team/web@sha256:abc",
        tags=["env:prod", "short_image:web"], size=12345678, os_name="linux", os_version="12",
        architecture="amd64", source="agent",
    )  # fmt: skip
    assert images.decode(images.encode(host, "agent", [image])) == (host, [image])


def test_what_is_written_is_read_back_in_chunks() -> None:
    given = HostSnapshot(
        "db-1", 8, 32 << 30,
        [
            Process(pid=n + 1, ppid=1, created=n, name="sh", command=f"sh -c {n}", user="a", rss=n, nice=-1)
            for n in range(250)
        ],
        [WEB],
    )  # fmt: skip
    parts = [decode.collector_proc(part) for part in encode.collector_procs(given, 7)]
    assert [len(part.processes) for part in parts] == [100, 100, 50]
    assert [one for part in parts for one in part.processes] == given.processes
    assert [part.containers for part in parts] == [[WEB], [], []]
    (only,) = encode.collector_containers(given, 7)
    assert decode.collector_container(only).containers == [WEB]
    framed = message_framing.write_frame(message_framing.PROCESSES, only, 1234)
    assert message_framing.read_frame(framed, LIMIT) == message_framing.Frame(
        message_framing.PROCESSES, 1234, only
    )


@pytest.mark.parametrize("version", [b"\x01\x00\x0c\x00", b"\x02\x00\x0c\x00\x00\x00\x00\x00"])
def test_older_headers_have_no_time(version: bytes) -> None:
    assert message_framing.read_frame(version + b"body", LIMIT) == message_framing.Frame(12, 0, b"body")


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "no header"),
        (b"\x03\x04\x0c", "no header"),
        (b"\x09" * 20, "no header"),
        (b"\x03\x02\x0c" + b"\0" * 20, "encoding is 2"),
        (b"\x03\x04\x0c" + b"\0" * 13 + b"not zstd", "zstd"),
    ],
)
def test_what_is_no_frame_is_refused(data: bytes, message: str) -> None:
    with pytest.raises(PayloadError, match=message):
        message_framing.read_frame(data, LIMIT)


def test_a_message_without_a_host_is_refused() -> None:
    with pytest.raises(PayloadError, match="no host"):
        decode.collector_proc(b"")
    with pytest.raises(PayloadError, match="no host"):
        images.decode(b"")


def test_broken_messages_raise_and_nothing_else() -> None:
    whole = read("processes").message
    for cut in range(len(whole)):
        try:
            decode.collector_proc(whole[:cut])
        except PayloadError:
            continue
    for place in range(len(whole)):
        broken = bytearray(whole)
        broken[place] ^= 0xFF
        try:
            decode.collector_proc(bytes(broken))
        except (PayloadError, LimitExceeded):
            continue


def test_long_command_lines_are_cut() -> None:
    given = HostSnapshot("a", 1, 1, [Process(pid=1, name="x", command="x" * 10000)])
    (part,) = encode.collector_procs(given, 1)
    assert len(decode.collector_proc(part).processes[0].command) == MAX_COMMAND


@pytest.mark.parametrize(
    ("arguments", "executable", "name", "shown"),
    [
        (["/usr/bin/python3", "app.py"], "/usr/bin/python3.11", "python3", "python3.11"),
        (["nginx: worker process"], "", "nginx", "nginx"),
        ([], "", "kthreadd", "kthreadd"),
        (["./run.sh"], "", "", "run.sh"),
    ],
)
def test_names_of_programs(arguments: list[str], executable: str, name: str, shown: str) -> None:
    assert decode.program_name(arguments, executable, name) == shown
