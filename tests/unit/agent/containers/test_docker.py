"""The Docker API over a socket: what is read of it, and what other programs may answer there."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from heeler.agent.containers import docker
from heeler.agent.containers.docker import Container, DockerError, list_containers, list_images


class Daemon:
    """Answers each connection with ``answer``."""

    def __init__(self, path: Path) -> None:
        self.path, self.answer, self.asked = path, b"", b""
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._socket.bind(str(path))
        self._socket.listen()
        threading.Thread(target=self._serve, daemon=True).start()

    def says(self, body: Any, status: str = "200 OK") -> None:
        text = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.answer = b"HTTP/1.1 %s\r\nContent-Length: %d\r\n\r\n%s" % (status.encode(), len(text), text)

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            with connection:
                self.asked = connection.recv(4096)
                connection.sendall(self.answer)

    def close(self) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()


@pytest.fixture
def daemon(tmp_path: Path) -> Iterator[Daemon]:
    made = Daemon(tmp_path / "docker.sock")
    yield made
    made.close()


def test_a_container_is_read(daemon: Daemon) -> None:
    entry = {
        "Id": "abc", "Names": ["/web"], "Image": "registry:5000/team/nginx:1.27@sha256:1", "State": "running",
        "Created": 12, "Labels": {"b": "2", "a": "1"}, "ImageID": "sha256:9", "Status": "Up 2 days",
        "Ports": [{"PrivatePort": 80, "Type": "tcp", "IP": None}, {"Type": "udp"}],
        "NetworkSettings": {"Networks": {"bridge": {"IPAddress": "10.0.0.2"}, "none": None}},
    }  # fmt: skip
    daemon.says([entry, "no object"])
    (found,) = list_containers(daemon.path, stopped=False)
    assert found == Container(
        "abc", "web", entry["Image"], "sha256:9", "running", "Up 2 days", 12, (("a", "1"), ("b", "2")),  # type: ignore[arg-type]
        (("", 80, "tcp"),), ("10.0.0.2",),
    )  # fmt: skip
    assert (found.short_image, found.image_tag) == ("nginx", "1.27")
    assert daemon.asked.startswith(b"GET /containers/json?all=false ")


@pytest.mark.parametrize(
    ("image", "short", "tag"),
    [
        ("nginx", "nginx", "latest"),
        ("registry:5000/nginx", "nginx", "latest"),
        ("team/nginx@sha256:00", "nginx", ""),
        ("sha256:4bb46517cac3", "", ""),
        ("", "", "latest"),
    ],
)
def test_names_of_images(image: str, short: str, tag: str) -> None:
    found = Container("id", "name", image)
    assert (found.short_image, found.image_tag) == (short, tag)


@pytest.mark.parametrize(
    ("body", "status", "message"),
    [
        (b"<html>", "200 OK", "something else than JSON"),
        ({"message": "x"}, "200 OK", "answered dict where a list"),
        ({"message": "denied"}, "403 Forbidden", "answered 403: .*denied"),
        ([{"Created": "yesterday"}], "200 OK", "another shape"),
        ([{"Labels": ["a"]}], "200 OK", "another shape"),
        ([{"NetworkSettings": {"Networks": ["a"]}}], "200 OK", "another shape"),
        ([{"Names": {"a": 1}}], "200 OK", "another shape"),
    ],
)
def test_what_is_no_docker_api_is_told(daemon: Daemon, body: Any, status: str, message: str) -> None:
    daemon.says(body, status)
    with pytest.raises(DockerError, match=message):
        list_containers(daemon.path)


def test_an_answer_without_end_is_told(daemon: Daemon, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(docker, "_LARGEST", 2**20)
    daemon.says([{"Id": "x" * 2**20}])
    with pytest.raises(DockerError, match="more than 1 MiB"):
        list_containers(daemon.path)


def test_no_socket_is_told(tmp_path: Path) -> None:
    with pytest.raises(DockerError, match=r"none\.sock"):
        list_images(tmp_path / "none.sock")


def test_images_are_objects(daemon: Daemon) -> None:
    daemon.says([{"Id": "sha256:1"}, 7])
    assert list_images(daemon.path) == [{"Id": "sha256:1"}]
