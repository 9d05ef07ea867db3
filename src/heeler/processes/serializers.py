"""Rows as the public API shows them."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import Any

from heeler.processes.images import ContainerImage
from heeler.processes.store import Row

_LAST_TIME = 253402300799


def iso(seconds: float) -> str:
    """RFC 3339 in UTC, to the second."""
    return datetime.fromtimestamp(min(max(seconds, 0), _LAST_TIME), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def process_item(row: Row) -> dict[str, Any]:
    """``ProcessSummary``: its id is the same in every answer."""
    return {
        "id": _id(str(row["host"]), str(row["pid"]), str(row["created"])),
        "type": "process",
        "attributes": {
            "cmdline": row["command"],
            "host": row["host"],
            "pid": row["pid"],
            "ppid": row["ppid"],
            "start": iso(row["created"] / 1000),
            "tags": row["tags"],
            "timestamp": iso(row["seen"]),
            "user": row["user"],
        },
    }


def container_item(row: Row) -> dict[str, Any]:
    """``Container``."""
    name, version = split_image(str(row["image"]))
    return {
        "id": str(row["id"]),
        "type": "container",
        "attributes": {
            "container_id": row["id"],
            "created_at": iso(row["created"]),
            "host": row["host"],
            "image_digest": row["image_digest"] or None,
            "image_name": name,
            "image_tags": [version] if version else None,
            "name": row["name"],
            "started_at": iso(row["started"]),
            "state": row["state"],
            "tags": row["tags"],
        },
    }


def split_image(image: str) -> tuple[str, str]:
    """Name and version of ``registry:5000/team/name:version@digest``; the version may be empty."""
    name = image.partition("@")[0]
    head, slash, last = name.rpartition("/")
    short, _, version = last.partition(":")
    return f"{head}{slash}{short}", version


def image_item(image: ContainerImage) -> dict[str, Any]:
    """``ContainerImage``."""
    repository, _, short = image.name.rpartition("/")
    flavor = {
        "built_at": iso(image.built),
        "os_architecture": image.architecture,
        "os_name": image.os_name,
        "os_version": image.os_version,
        "size": image.size,
    }
    known = {
        "images_built_at": [iso(image.built)] if image.built else [],
        "os_architectures": [image.architecture] if image.architecture else [],
        "os_names": [image.os_name] if image.os_name else [],
        "os_versions": [image.os_version] if image.os_version else [],
        "sizes": [image.size] if image.size else [],
        "sources": [image.source] if image.source else [],
    }
    return {
        "id": _id(image.name, image.digest or image.id, ",".join(image.versions)),
        "type": "container_image",
        "attributes": {
            "container_count": image.containers,
            "image_flavors": [{name: value for name, value in flavor.items() if value}] if image.size else [],
            "image_tags": list(image.versions),
            "name": image.name,
            "registry": image.registry or (repository.partition("/")[0] if "." in repository else ""),
            "repo_digest": image.digest,
            "repository": image.name,
            "short_image": short or image.name,
            "tags": list(image.tags),
            **known,
        },
    }


def _id(*parts: str) -> str:
    return hashlib.blake2b("\0".join(parts).encode(), digest_size=16).hexdigest()
