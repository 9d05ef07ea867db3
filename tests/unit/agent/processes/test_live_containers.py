"""Containers from cgroups and from a socket that answers as Docker's documented API does."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from socketserver import ThreadingUnixStreamServer
from typing import Any

import pytest

from heeler.agent.processes.live_containers import LiveContainers, Places

ID, OTHER = "0123456789abcdef" * 4, "fedcba9876543210" * 4
LISTED = [
    {
        "Id": ID, "Names": ["/web"], "Image": "registry.example/team/web:1.4", "State": "running",
        "Status": "Up 2 hours (healthy)", "Created": 1700000000, "Labels": {"com.datadoghq.tags.env": "prod"},
    },
    {"Id": OTHER, "Names": ["/old"], "Image": "old", "State": "exited", "Status": "Exited", "Created": 1},
]  # fmt: skip
IMAGES = [
    {
        "Id": "sha256:1", "RepoTags": ["registry.example/team/web:1.4", "web:latest"], "Size": 77,
        "RepoDigests": ["registry.example/team/web@sha256:abc"], "Created": 1690000000,
    },
    {"Id": "sha256:2", "RepoTags": ["<none>:<none>"], "Size": 1},
]  # fmt: skip


class _Docker(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        known = {"/containers/json": LISTED, "/images/json": IMAGES}
        body = json.dumps(known.get(self.path.partition("?")[0], {})).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def address_string(self) -> str:
        return "unix"

    def log_message(self, *_: Any) -> None:
        return


@pytest.fixture
def docker(tmp_path: Path) -> Iterator[Path]:
    path = tmp_path / "docker.sock"
    with ThreadingUnixStreamServer(str(path), _Docker) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield path
        server.shutdown()
        thread.join()


def usage(root: Path, cpu: int) -> None:
    folder = root / "system.slice" / f"docker-{ID}.scope"
    folder.mkdir(parents=True, exist_ok=True)
    (root / "cgroup.controllers").touch()
    (folder / "cpu.stat").write_text(f"usage_usec {cpu}\nuser_usec {cpu}\nsystem_usec 0\n")
    (folder / "memory.stat").write_text("anon 3000\nfile 10\n")
    (folder / "memory.max").write_text("9000\n")


def places(tmp_path: Path, docker: Path) -> Places:
    return Places(tmp_path / "cgroup", tmp_path / "proc", docker, tmp_path / "pods")


def test_docker_names_what_cgroups_measure(tmp_path: Path, docker: Path) -> None:
    usage(tmp_path / "cgroup", 0)
    live = LiveContainers(places(tmp_path, docker))
    assert live.are_there()
    assert live.collect(10.0) == []
    usage(tmp_path / "cgroup", 5_000_000)
    (one,) = live.collect(20.0)
    assert (one.id, one.name, one.image, one.type) == (ID, "web", "registry.example/team/web:1.4", "docker")
    assert (one.state, one.health, one.created) == ("running", "healthy", 1700000000)
    assert (one.cpu, one.rss, one.memory_limit) == (50.0, 3000, 9000)
    assert {"env:prod", "short_image:web", "container_name:web", "image_tag:1.4"} <= {*one.tags}
    assert live.tags(ID) == tuple(one.tags)
    assert live.problem == ""


def test_images(tmp_path: Path, docker: Path) -> None:
    found = LiveContainers(places(tmp_path, docker)).images()
    assert [(one.name, one.repo_tags, one.size, one.built) for one in found] == [
        ("registry.example/team/web", ["1.4"], 77, 1690000000),
        ("web", ["latest"], 77, 1690000000),
    ]
    assert (found[0].registry, found[0].repo_digest) == ("registry.example", IMAGES[0]["RepoDigests"][0])


def test_without_docker_pods_name_containers_and_the_rest_have_their_id(tmp_path: Path) -> None:
    usage(tmp_path / "cgroup", 0)
    live = LiveContainers(places(tmp_path, tmp_path / "none.sock"))
    live.collect(10.0)
    (one,) = live.collect(20.0)
    assert (one.name, one.type, one.tags) == (ID[:12], "docker", [f"container_id:{ID}"])
    assert "is not there" in live.problem
    assert live.images() == []
    (tmp_path / "pods").mkdir()
    (tmp_path / "pods" / f"web-1_shop_nginx-{ID}.log").touch()
    (one,) = live.collect(30.0)
    assert one.name == "nginx"
    assert {"pod_name:web-1", "kube_namespace:shop"} <= {*one.tags}


def test_no_containers_at_all(tmp_path: Path) -> None:
    live = LiveContainers(places(tmp_path, tmp_path / "none.sock"))
    assert not live.are_there()
    assert live.tags("x") == ("container_id:x",)


def test_a_socket_that_does_not_answer_is_named(tmp_path: Path) -> None:
    path = tmp_path / "docker.sock"
    with socket.socket(socket.AF_UNIX) as closed:
        closed.bind(str(path))
    usage(tmp_path / "cgroup", 0)
    live = LiveContainers(places(tmp_path, path))
    live.collect(10.0)
    assert len(live.collect(20.0)) == 1
    assert str(path) in live.problem
