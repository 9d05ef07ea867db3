"""Container images: what hosts report of them, and how many containers run them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from heeler.store.engine import Engine

_IMAGES = """
SELECT name, id, any(registry), any(short_name), groupUniqArrayArray(repo_tags), any(repo_digest),
    groupUniqArrayArray(tags), max(size), any(os_name), any(os_version), any(architecture), any(source),
    max(built)
FROM container_images FINAL WHERE updated >= toDateTime({since:UInt32})
GROUP BY name, id ORDER BY name, id LIMIT 20000
"""


@dataclass(slots=True)
class ContainerImage:
    """``built``: UNIX seconds, 0 where it is not known; ``size``: bytes, likewise.

    ``versions``: image tags.
    """

    name: str
    id: str = ""
    digest: str = ""
    registry: str = ""
    versions: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    size: int = 0
    os_name: str = ""
    os_version: str = ""
    architecture: str = ""
    source: str = ""
    built: int = 0
    containers: int = 0


@dataclass(slots=True)
class RunImage:
    """An image that containers run, as they name it."""

    name: str
    version: str
    digest: str
    count: int = 0
    tags: set[str] = field(default_factory=set)


async def reported(engine: Engine, since: int) -> list[ContainerImage]:
    """Images that hosts reported since ``since`` (UNIX seconds), by name."""
    rows = await engine.rows(_IMAGES, {"since": max(since, 0)})
    return [
        ContainerImage(
            name=str(name),
            id=str(identity),
            digest=str(digest).rpartition("@")[2],
            registry=str(registry),
            versions=tuple(sorted({_version(str(tag)) for tag in repo_tags} - {""})),
            tags=tuple(sorted(map(str, tags))),
            size=int(size),
            os_name=str(os_name),
            os_version=str(os_version),
            architecture=str(architecture),
            source=str(source),
            built=int(built),
        )
        for name, identity, registry, _, repo_tags, digest, tags, size, os_name, os_version, architecture,
            source, built in rows
    ]  # fmt: skip


def _version(repo_tag: str) -> str:
    last = repo_tag.rpartition("/")[2]
    return last.partition(":")[2] if ":" in last else last


def joined(images: Iterable[ContainerImage], run: Iterable[RunImage]) -> list[ContainerImage]:
    """The images with the number of containers that run each; images that only containers name are added."""
    found = list(images)
    by_last: dict[str, list[ContainerImage]] = defaultdict(list)
    for image in found:
        by_last[_last(image.name)].append(image)
    for used in run:
        known = next((image for image in by_last[_last(used.name)] if _is_of(image, used)), None)
        if known is None:
            known = ContainerImage(
                used.name,
                digest=used.digest.rpartition("@")[2],
                versions=(used.version,) if used.version else (),
            )
            found.append(known)
            by_last[_last(used.name)].append(known)
        known.containers += used.count
        known.tags = tuple(sorted({*known.tags, *used.tags}))
    return found


def _is_of(image: ContainerImage, used: RunImage) -> bool:
    if used.digest and image.digest:
        return used.digest.rpartition("@")[2] == image.digest and _same_name(image.name, used.name)
    return _same_name(image.name, used.name) and (not used.version or used.version in image.versions)


def _last(name: str) -> str:
    """The part of a name that all names of an image have in common."""
    return name.rpartition("/")[2]


def _same_name(one: str, other: str) -> bool:
    """Whether both name the same image, one of them perhaps without the registry."""
    return one == other or one.endswith(f"/{other}") or other.endswith(f"/{one}")
