"""Client of the Docker Engine API over its Unix socket (also Podman's compatible API): containers and
images."""

from __future__ import annotations

import http.client
import json
import socket
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_TIMEOUT = 5.0
_LARGEST = 16 * 2**20


class DockerError(RuntimeError):
    """The socket's response is not that of a Docker API; the message tells what happened."""


@dataclass(frozen=True)
class Container:
    """``created`` is epoch seconds; ``ports`` are (address, port, protocol)."""

    id: str
    name: str
    image: str
    image_id: str = ""
    state: str = ""
    status: str = ""
    created: int = 0
    labels: tuple[tuple[str, str], ...] = ()
    ports: tuple[tuple[str, int, str], ...] = ()
    addresses: tuple[str, ...] = ()

    @property
    def short_image(self) -> str:
        """``registry/team/name:tag`` without registry, team and tag; empty for an image without a name."""
        if self.image.startswith("sha256:"):
            return ""
        return self.image.split("@")[0].rsplit("/", 1)[-1].split(":")[0]

    @property
    def image_tag(self) -> str:
        if self.image.startswith("sha256:"):
            return ""
        name = self.image.split("@")[0].rsplit("/", 1)[-1]
        return name.partition(":")[2] or ("" if "@" in self.image else "latest")


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, path: Path) -> None:
        super().__init__("localhost", timeout=_TIMEOUT)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(_TIMEOUT)
        self.sock.connect(str(self._path))


def list_containers(path: Path = Path("/var/run/docker.sock"), *, stopped: bool = True) -> list[Container]:
    """Containers of the daemon at ``path``. Raises DockerError, also if there is no socket."""
    found = _get(path, f"/containers/json?all={str(stopped).lower()}")
    if not isinstance(found, list):
        raise DockerError(f"{path} answered {type(found).__name__} where a list of containers was expected")
    try:
        return [_container(entry) for entry in found if isinstance(entry, dict)]
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise DockerError(f"{path} answered with containers of another shape: {error}") from error


def list_images(path: Path = Path("/var/run/docker.sock")) -> list[dict[str, Any]]:
    """Images as the API lists them. Raises DockerError."""
    found = _get(path, "/images/json")
    return [entry for entry in found if isinstance(entry, dict)] if isinstance(found, list) else []


def _get(path: Path, target: str) -> Any:
    connection = _UnixConnection(path)
    try:
        connection.request("GET", target)
        response = connection.getresponse()
        body = response.read(_LARGEST + 1)
    except (OSError, http.client.HTTPException) as error:
        raise DockerError(f"{path}: {error}") from error
    finally:
        connection.close()
    if len(body) > _LARGEST:
        raise DockerError(f"{path} answered with more than {_LARGEST >> 20} MiB")
    if response.status != 200:
        raise DockerError(f"{path} answered {response.status}: {body[:200].decode(errors='replace')}")
    try:
        return json.loads(body)
    except ValueError as error:
        raise DockerError(f"{path} answered something else than JSON") from error


def _container(entry: dict[str, Any]) -> Container:
    networks = (entry.get("NetworkSettings") or {}).get("Networks") or {}
    names = entry.get("Names") or [""]
    return Container(
        id=str(entry.get("Id", "")),
        name=str(names[0]).lstrip("/"),
        image=str(entry.get("Image", "")),
        image_id=str(entry.get("ImageID", "")),
        state=str(entry.get("State", "")),
        status=str(entry.get("Status", "")),
        created=int(entry.get("Created") or 0),
        labels=tuple(sorted((str(key), str(value)) for key, value in (entry.get("Labels") or {}).items())),
        ports=tuple(
            (str(port.get("IP") or ""), int(port["PrivatePort"]), str(port.get("Type", "")))
            for port in entry.get("Ports") or ()
            if port.get("PrivatePort")
        ),
        addresses=tuple(str(one["IPAddress"]) for one in networks.values() if one and one.get("IPAddress")),
    )
