"""Objects in a bucket of an S3-compatible store: Amazon S3, MinIO, Garage, Ceph and others.

Calls block: use a thread. Each request has a timeout and a bounded number of retries; files are sent and read
in pieces, so that none is in memory as a whole. A call that fails raises :class:`ObjectStorageError`, whose
message says in one sentence what an operator can do about it.

Endpoint and credentials are settings of the operator, as those of the mail server are, so that they may be
private addresses. Users choose a bucket and a prefix alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Self
from urllib.parse import urlsplit

from heeler.store.object_storage_errors import (
    ObjectChanged,
    ObjectExists,
    ObjectMissing,
    ObjectStorageError,
    error_of,
)

if TYPE_CHECKING:
    from obstore.store import S3Store

    from heeler.settings import Settings

__all__ = [
    "Bucket", "Encryption", "ObjectChanged", "ObjectExists", "ObjectMissing", "ObjectStorageError",
    "S3Access", "Stored",
]  # fmt: skip

CONNECT_SECONDS, REQUEST_SECONDS = 10, 120
MAX_RETRIES, RETRY_SECONDS = 4, 60
#: Bytes of a piece of a file that is sent or read, and pieces that are sent at a time.
PIECE_BYTES, PIECES_AT_A_TIME = 8 * 2**20, 4
#: Maximum pieces of an object, with room: S3 allows 10,000.
_MOST_PIECES = 9000
_LIST_CHUNK = 1000
_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
#: Looks like an address: such a name could lead requests elsewhere.
_ADDRESS = re.compile(r"[0-9.]+")


@dataclass(frozen=True, slots=True)
class S3Access:
    """Where the store is, and who we are there. An empty ``endpoint`` is Amazon S3."""

    access_key_id: str
    secret_access_key: str = field(repr=False)
    session_token: str = field(default="", repr=False)
    endpoint: str = ""
    region: str = "us-east-1"
    virtual_hosts: bool = False
    """Whether the bucket is a part of the host name, in place of the path."""

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """Raises :class:`ObjectStorageError` where the settings have no credentials."""
        if not settings.s3_access_key_id:
            raise ObjectStorageError(
                "No credentials for S3: set HEELER_S3_ACCESS_KEY_ID and HEELER_S3_SECRET_ACCESS_KEY"
            )
        endpoint = settings.s3_endpoint
        return cls(
            settings.s3_access_key_id,
            settings.s3_secret_access_key,
            settings.s3_session_token,
            endpoint,
            settings.s3_region,
            settings.s3_addressing == "virtual"
            or (settings.s3_addressing == "auto" and not settings.s3_endpoint),
        )

    @property
    def place(self) -> str:
        """The store in messages."""
        return self.endpoint or f"Amazon S3 ({self.region})"


@dataclass(frozen=True, slots=True)
class Encryption:
    """Encryption by the store: ``algorithm`` as in the header of S3 (``AES256``, ``aws:kms``), and the id of
    the key for the latter.
    """

    algorithm: str = ""
    kms_key: str = ""


class Object(NamedTuple):
    """An object of a list: ``key`` is relative to the prefix, ``modified`` UNIX seconds."""

    key: str
    size: int
    modified: float


class Stored(NamedTuple):
    """A small object: ``tag`` is its ETag, ``modified`` UNIX seconds."""

    content: bytes
    tag: str
    modified: float


def bucket_name(text: str) -> str:
    """Validate the name of a bucket. Raises ``ValueError``."""
    if not _BUCKET.fullmatch(text) or ".." in text or _ADDRESS.fullmatch(text):
        raise ValueError(
            f"{text[:80]!r} is no name of a bucket: 3 to 63 lower-case letters, digits, '-' and '.'"
        )
    return text


def split_url(text: str) -> tuple[str, str]:
    """Bucket and prefix of ``s3://bucket/prefix``. Raises ``ValueError``."""
    parts = urlsplit(text)
    if parts.scheme != "s3" or parts.query or parts.fragment or "@" in parts.netloc:
        raise ValueError(f"{text[:200]!r} is no address of a bucket: s3://bucket/prefix")
    prefix = parts.path.strip("/")
    if any(part in ("", ".", "..") for part in prefix.split("/")) and prefix:
        raise ValueError(f"The prefix {prefix[:200]!r} has an empty part, '.' or '..'")
    return bucket_name(parts.netloc), prefix


class Bucket:
    """Objects below a prefix of a bucket. Keys have ``/`` between their parts. Safe to use from several
    threads.
    """

    def __init__(
        self, access: S3Access, bucket: str, prefix: str = "", encryption: Encryption | None = None
    ) -> None:
        self.name, self.prefix, self.access = bucket_name(bucket), prefix.strip("/"), access
        self.encryption = encryption or Encryption()
        self._store = self._open()

    def __str__(self) -> str:
        return f"s3://{self.name}/{self.prefix}".rstrip("/")

    def below(self, prefix: str) -> Bucket:
        return Bucket(self.access, self.name, f"{self.prefix}/{prefix}", self.encryption)

    def _open(self) -> S3Store:
        from obstore.store import S3Store

        access = self.access
        config: dict[str, Any] = {
            "region": access.region,
            "access_key_id": access.access_key_id,
            "secret_access_key": access.secret_access_key,
            "virtual_hosted_style_request": access.virtual_hosts,
        }
        if access.session_token:
            config["session_token"] = access.session_token
        if access.endpoint:
            config["endpoint"] = endpoint_of(access, self.name)
        if self.encryption.algorithm:
            config["server_side_encryption"] = self.encryption.algorithm
        if self.encryption.kms_key:
            config["sse_kms_key_id"] = self.encryption.kms_key
        return S3Store(
            self.name,
            prefix=self.prefix or None,
            config=config,  # type: ignore[arg-type]
            client_options={
                "allow_http": access.endpoint.startswith("http://"),
                "connect_timeout": timedelta(seconds=CONNECT_SECONDS),
                "timeout": timedelta(seconds=REQUEST_SECONDS),
            },
            retry_config={"max_retries": MAX_RETRIES, "retry_timeout": timedelta(seconds=RETRY_SECONDS)},
        )

    def put(self, key: str, content: bytes, *, create: bool = False, replaces: str = "") -> None:
        """Store an object. With ``create`` it must not exist: else :class:`ObjectExists`; with ``replaces``
        the one with this ETag must be there: else :class:`ObjectChanged`.
        """
        import obstore

        mode: Any = {"e_tag": replaces} if replaces else "create" if create else "overwrite"
        with error_of("write", self):
            obstore.put(self._store, key, content, mode=mode)

    def put_file(self, key: str, path: Path, *, content_type: str = "", storage_class: str = "") -> None:
        """Store the content of a file, whole or not at all; a large one in pieces."""
        import obstore

        size = path.stat().st_size
        attributes: dict[str, str] = {}
        if content_type:
            attributes["Content-Type"] = content_type
        if storage_class:
            attributes["Storage-Class"] = storage_class
        with error_of("write", self):
            obstore.put(
                self._store,
                key,
                path,
                attributes=attributes or None,
                chunk_size=max(PIECE_BYTES, size // _MOST_PIECES + 1),
                max_concurrency=PIECES_AT_A_TIME,
            )

    def get(self, key: str) -> bytes:
        """A small object. Raises :class:`ObjectMissing`."""
        import obstore

        with error_of("read", self):
            return bytes(obstore.get(self._store, key).bytes())

    def read(self, key: str) -> Stored:
        """A small object with its ETag. Raises :class:`ObjectMissing`."""
        import obstore

        with error_of("read", self):
            found = obstore.get(self._store, key)
            meta = found.meta
            return Stored(bytes(found.bytes()), meta["e_tag"] or "", meta["last_modified"].timestamp())

    def pieces(self, key: str, size: int) -> Iterator[bytes]:
        """The content of an object of ``size`` bytes. Raises :class:`ObjectMissing`."""
        import obstore

        if not size:
            yield self.get(key)
        for start in range(0, size, PIECE_BYTES):
            with error_of("read", self):
                length = min(PIECE_BYTES, size - start)
                piece = bytes(obstore.get_range(self._store, key, start=start, length=length))
            yield piece

    def list(self, prefix: str = "") -> Iterator[Object]:
        """The objects whose keys begin with ``prefix``, which is whole parts of them."""
        import obstore

        with error_of("list", self):
            for chunk in obstore.list(self._store, prefix or None, chunk_size=_LIST_CHUNK):
                for one in chunk:
                    yield Object(one["path"], one["size"], one["last_modified"].timestamp())

    def delete(self, keys: Sequence[str]) -> None:
        """Delete objects; one that is not there is no error."""
        import obstore

        for start in range(0, len(keys), _LIST_CHUNK):
            with error_of("delete", self):
                obstore.delete(self._store, list(keys[start : start + _LIST_CHUNK]))


def endpoint_of(access: S3Access, bucket: str) -> str:
    """The endpoint as the client wants it: with virtual hosts, the bucket is in it already."""
    if not access.virtual_hosts:
        return access.endpoint.rstrip("/")
    parts = urlsplit(access.endpoint)
    return parts._replace(netloc=f"{bucket}.{parts.netloc}").geturl().rstrip("/")
