"""Container images as Agents report them: the public `contimage.proto`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from heeler.wire import protobuf as pb
from heeler.wire import protobuf_writer as writer
from heeler.wire.body_limits import MAX_HOST, MAX_TAGS, check_count
from heeler.wire.metrics.series import PayloadError

MAX_IMAGES = 10_000
_MAX_TEXT = 400
_TEXTS = {1: "id", 2: "name", 3: "registry", 4: "short_name", 6: "repo_digest"}
_LISTS = {5: "repo_tags", 12: "tags"}


@dataclass(slots=True)
class Image:
    """``size``: bytes. ``built``: UNIX seconds, 0 where it is not known. ``repo_digest``: of its manifest."""

    id: str = ""
    name: str = ""
    registry: str = ""
    short_name: str = ""
    repo_tags: list[str] = field(default_factory=list)
    repo_digest: str = ""
    tags: list[str] = field(default_factory=list)
    size: int = 0
    os_name: str = ""
    os_version: str = ""
    architecture: str = ""
    source: str = ""
    built: int = 0


def decode(body: bytes) -> tuple[str, list[Image]]:
    """The host of a ``ContainerImagePayload``, and its images. Raises ``PayloadError``, ``LimitExceeded``."""
    host = source = ""
    images: list[Image] = []
    for number, _, value in pb.fields(body):
        if number == 2:
            host = pb.text(value)[:MAX_HOST]
        elif number == 3:
            images.append(_image(pb.message(value)))
            check_count(len(images), MAX_IMAGES, "images")
        elif number == 4:
            source = pb.text(value)[:_MAX_TEXT]
    if not host:
        raise PayloadError("The message names no host")
    for image in images:
        image.source = source
    return host, images


def _image(data: bytes) -> Image:
    one = Image()
    digests: list[str] = []
    for number, _, value in pb.fields(data):
        if number in _TEXTS:
            setattr(one, _TEXTS[number], pb.text(value)[:_MAX_TEXT])
        elif number in _LISTS:
            known = getattr(one, _LISTS[number])
            known.append(pb.text(value)[:_MAX_TEXT])
            check_count(len(known), MAX_TAGS, "tags of an image")
        elif number == 7:
            one.size = max(pb.signed(value), 0)
        elif number == 8:
            digests.append(pb.text(value)[:_MAX_TEXT])
        elif number == 9:
            _platform(pb.message(value), one)
        elif number == 11:
            one.built = next((pb.signed(at) for key, _, at in pb.fields(pb.message(value)) if key == 1), 0)
    one.built = one.built if 0 <= one.built < 2**32 else 0
    one.repo_digest = digests[0] if digests else one.repo_digest
    return one


def _platform(data: bytes, one: Image) -> None:
    for number, _, value in pb.fields(data):
        if number == 1:
            one.os_name = pb.text(value)[:_MAX_TEXT]
        elif number == 2:
            one.os_version = pb.text(value)[:_MAX_TEXT]
        elif number == 3:
            one.architecture = pb.text(value)[:_MAX_TEXT]


def encode(host: str, source: str, images: Sequence[Image]) -> bytes:
    """A ``ContainerImagePayload``."""
    return b"".join(
        (
            writer.text(1, "v1"),
            writer.text(2, host),
            *(writer.blob(3, _written(one)) for one in images),
            writer.text(4, source),
        )
    )


def _written(one: Image) -> bytes:
    platform = writer.text(1, one.os_name) + writer.text(2, one.os_version) + writer.text(3, one.architecture)
    return b"".join(
        (
            writer.text(1, one.id),
            writer.text(2, one.name),
            writer.text(3, one.registry),
            writer.text(4, one.short_name),
            *(writer.text(5, tag) for tag in one.repo_tags),
            writer.integer(7, one.size),
            writer.text(8, one.repo_digest),
            writer.blob(9, platform),
            writer.blob(11, writer.integer(1, one.built)) if one.built else b"",
            *(writer.text(12, tag) for tag in one.tags),
        )
    )
