"""Documents of archives, and which archive takes a log."""

from __future__ import annotations

from typing import Any

import pytest

from heeler.logs.archives.rules import archive_of, compile_archive, stored_document
from heeler.logs.pipelines.document import DocumentError
from heeler.store.object_storage import Encryption
from heeler.wire.logs.datadog import LogEntry

S3 = {"type": "s3", "bucket": "the-logs", "integration": {"account_id": "1", "role_name": "r"}}


def document(**changes: Any) -> dict[str, Any]:
    destination = {**S3, **changes.pop("destination", {})}
    return {"name": "All", "query": "*", "destination": destination, **changes}


def test_defaults() -> None:
    archive = compile_archive("a1", document())
    assert (archive.id, archive.bucket, archive.path, archive.suffix) == ("a1", "the-logs", "", ".json.gz")
    assert (archive.include_tags, archive.encryption, archive.storage_class) == (False, Encryption(), "")
    stored = stored_document(document(unknown=1))
    assert stored["compression_method"] == "GZIP"
    assert (stored["include_tags"], stored["rehydration_tags"]) == (False, [])
    assert "unknown" not in stored


def test_everything_that_can_be_set() -> None:
    destination = {
        "path": "/logs/web/",
        "encryption": {"type": "SSE_KMS", "key": "arn:aws:kms:x"},
        "storage_class": "GLACIER_IR",
        "integration": {"access_key_id": "AKIA"},
    }
    given = document(
        destination=destination, include_tags=True, compression_method="ZSTD", rehydration_tags=["a:b"],
        rehydration_max_scan_size_in_gb=7,
    )  # fmt: skip
    archive = compile_archive("a", given)
    assert (archive.path, archive.suffix, archive.include_tags) == ("logs/web", ".json.zst", True)
    assert archive.encryption == Encryption("aws:kms", "arn:aws:kms:x")
    assert archive.storage_class == "GLACIER_IR"
    assert stored_document(given) == given
    plain = compile_archive("a", document(destination={"encryption": {"type": "SSE_S3"}}))
    assert plain.encryption == Encryption("AES256")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"name": ""}, "'name'"),
        ({"query": None}, "'query'"),
        ({"query": "a:("}, "Invalid filter"),
        ({"query": "*:x"}, "full-text"),
        ({"partitioning_attributes": ["a"]}, "'partitioning_attributes' is not supported"),
        ({"lookup_attributes": ["a"]}, "'lookup_attributes' is not supported"),
        ({"compression_method": "LZ4"}, "GZIP or ZSTD"),
        ({"include_tags": "maybe"}, "include_tags"),
        ({"rehydration_tags": [1]}, "rehydration_tags"),
        ({"rehydration_max_scan_size_in_gb": -1}, "rehydration_max_scan_size_in_gb"),
        ({"destination": {"type": "gcs"}}, "gcs are not supported"),
        ({"destination": {"type": "azure"}}, "azure are not supported"),
        ({"destination": {"type": "ftp"}}, "must be s3"),
        ({"destination": {"bucket": "10.0.0.1"}}, "no name of a bucket"),
        ({"destination": {"path": "a/../b"}}, "'path'"),
        ({"destination": {"path": "a\nb"}}, "'path'"),
        ({"destination": {"integration": {"account_id": "1"}}}, "'integration'"),
        ({"destination": {"encryption": {"type": "SSE_KMS"}}}, "SSE_KMS needs the 'key'"),
        ({"destination": {"encryption": {"type": "ROT13"}}}, "NO_OVERRIDE"),
        ({"destination": {"storage_class": "TAPE"}}, "STANDARD_IA"),
    ],
)
def test_what_is_refused(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(DocumentError, match=words):
        compile_archive("a", document(**changes))


def test_the_first_archive_that_matches_takes_a_log() -> None:
    archives = [
        compile_archive("errors", document(query="status:error")),
        compile_archive("web", document(query="service:web")),
    ]
    found = [
        archive_of(archives, LogEntry("x", 1, status=status, service=service))
        for status, service in (("error", "web"), ("info", "web"), ("info", "db"))
    ]
    assert [one.id if one else None for one in found] == ["errors", "web", None]
