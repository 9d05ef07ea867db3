"""Compiled log archives: which logs go to which bucket, and how. Validates documents of the API."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from heeler.logs.indexes import compile_filter
from heeler.logs.matcher import Test
from heeler.logs.pipelines.document import DocumentError, flag
from heeler.store.object_storage import Encryption, bucket_name, split_url
from heeler.wire.logs.datadog import LogEntry

_ALGORITHMS = {"NO_OVERRIDE": "", "SSE_S3": "AES256", "SSE_KMS": "aws:kms"}
_CLASSES = ("STANDARD", "STANDARD_IA", "ONEZONE_IA", "INTELLIGENT_TIERING", "GLACIER_IR")
_SUFFIXES = {"GZIP": ".json.gz", "ZSTD": ".json.zst"}
_FIELDS = (
    "name", "query", "destination", "include_tags", "rehydration_tags", "rehydration_max_scan_size_in_gb",
    "compression_method",
)  # fmt: skip
#: Fields of Datadog's own search in archives, which is not here.
_UNSUPPORTED = ("partitioning_attributes", "lookup_attributes")
MAX_NAME, MAX_PATH, MAX_TAGS = 200, 500, 100


@dataclass(frozen=True, slots=True)
class Archive:
    """An archive. ``suffix`` is that of its files."""

    id: str
    name: str
    test: Test
    include_tags: bool
    bucket: str
    path: str
    suffix: str
    encryption: Encryption
    storage_class: str

    @property
    def destination(self) -> tuple[object, ...]:
        """Where and how files are written."""
        return self.bucket, self.path, self.encryption, self.storage_class


def compile_archive(identity: str, document: Mapping[str, Any]) -> Archive:
    """Compile the attributes of an archive. Raises :class:`DocumentError`."""
    name = document.get("name")
    if not isinstance(name, str) or not name.strip() or len(name) > MAX_NAME:
        raise DocumentError(f"Invalid archive: 'name' must be a text of 1 to {MAX_NAME} characters.")
    if not isinstance(document.get("query"), str):
        raise DocumentError("Invalid archive: 'query' must be a search; '*' is all logs.")
    for field in _UNSUPPORTED:
        if document.get(field):
            raise DocumentError(f"'{field}' is not supported: leave it out.")
    _check_rehydration(document)
    method = document.get("compression_method") or "GZIP"
    if method not in _SUFFIXES:
        raise DocumentError("Invalid archive: 'compression_method' must be GZIP or ZSTD.")
    destination = _destination(document.get("destination"))
    return Archive(
        identity,
        name,
        compile_filter({"query": document["query"]}),
        flag(document, "include_tags", False),
        destination["bucket"],
        _path(destination),
        _SUFFIXES[method],
        _encryption(destination.get("encryption")),
        _storage_class(destination.get("storage_class")),
    )


def stored_document(document: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a validated document that are stored, with the defaults of the API."""
    given = {field: document[field] for field in _FIELDS if document.get(field) is not None}
    defaults = {"include_tags": False, "rehydration_tags": [], "compression_method": "GZIP"}
    return {**defaults, **given}


def _destination(document: Any) -> Mapping[str, Any]:
    if not isinstance(document, Mapping):
        raise DocumentError("Invalid archive: 'destination' must be an object with a 'type' and a 'bucket'.")
    kind = document.get("type")
    if kind in ("gcs", "azure"):
        raise DocumentError(
            f"Archives in {kind} are not supported: use a bucket of an S3-compatible store (type s3)."
        )
    if kind != "s3":
        raise DocumentError("Invalid archive: the 'type' of the destination must be s3.")
    try:
        bucket_name(str(document.get("bucket") or ""))
    except ValueError as error:
        raise DocumentError(f"Invalid archive: {error}.") from error
    _check_integration(document.get("integration"))
    return document


def _check_integration(document: Any) -> None:
    """The accounts of Amazon that Datadog requires; here they are notes: credentials are settings."""
    if not isinstance(document, Mapping):
        document = {}
    key, account, role = (document.get(name) for name in ("access_key_id", "account_id", "role_name"))
    if not (isinstance(key, str) and key) and not (isinstance(account, str) and isinstance(role, str)):
        raise DocumentError(
            "Invalid archive: the destination's 'integration' must have an 'access_key_id', or an "
            "'account_id' and a 'role_name'."
        )


def _path(destination: Mapping[str, Any]) -> str:
    path = destination.get("path") or ""
    if not isinstance(path, str) or len(path) > MAX_PATH or not path.isprintable():
        raise DocumentError(f"Invalid archive: 'path' must be a text of at most {MAX_PATH} characters.")
    try:
        return split_url(f"s3://bucket/{path.strip('/')}")[1]
    except ValueError as error:
        raise DocumentError(f"Invalid archive: 'path' must be such as logs/web: {error}.") from error


def _encryption(document: Any) -> Encryption:
    if document is None:
        return Encryption()
    kind = document.get("type") if isinstance(document, Mapping) else None
    if kind not in _ALGORITHMS:
        raise DocumentError(
            f"Invalid archive: the 'encryption' must have a type of {', '.join(_ALGORITHMS)}."
        )
    key = document.get("key") or ""
    if (kind == "SSE_KMS") != bool(key) or not isinstance(key, str):
        raise DocumentError("Invalid archive: SSE_KMS needs the 'key', and no other encryption has one.")
    return Encryption(_ALGORITHMS[kind], key)


def _storage_class(value: Any) -> str:
    if value is None:
        return ""
    if value not in _CLASSES:
        raise DocumentError(f"Invalid archive: 'storage_class' must be one of {', '.join(_CLASSES)}.")
    return "" if value == "STANDARD" else str(value)


def _check_rehydration(document: Mapping[str, Any]) -> None:
    tags = document.get("rehydration_tags") or []
    if (
        not isinstance(tags, list)
        or len(tags) > MAX_TAGS
        or not all(isinstance(one, str) and len(one) <= 200 for one in tags)
    ):
        raise DocumentError(f"Invalid archive: 'rehydration_tags' must be at most {MAX_TAGS} texts.")
    size = document.get("rehydration_max_scan_size_in_gb")
    if size is not None and (isinstance(size, bool) or not isinstance(size, int) or not 0 < size < 2**31):
        raise DocumentError("Invalid archive: 'rehydration_max_scan_size_in_gb' must be a whole number.")


def archive_of(archives: Sequence[Archive], entry: LogEntry) -> Archive | None:
    """The first archive whose filter matches a log."""
    return next((one for one in archives if one.test(entry)), None)
