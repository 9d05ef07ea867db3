"""The lock of a bucket is that of one process, whatever was abandoned or paused before."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from heeler.backup import bucket_lock
from heeler.backup.bucket_lock import ABANDONED_SECONDS, LOCK_OBJECT
from heeler.backup.places import BackupError, BucketPlace
from heeler.store.object_storage import Bucket, ObjectStorageError
from tests.s3_server import S3Server

NAME = "heeler-backups"
DEAD = b"of a process that was killed 1"
OTHER = b"another process 1"


def later() -> float:
    return time.time() + ABANDONED_SECONDS + 60


class Overtaken(Bucket):
    """Calls ``meanwhile`` once, after the lock was looked at."""

    meanwhile: Callable[[], None] | None = None

    def list(self, prefix: str = "") -> Iterator[Any]:
        found = list(super().list(prefix))
        self._interrupt()
        return iter(found)

    def read(self, key: str) -> Any:
        found = super().read(key)
        self._interrupt()
        return found

    def _interrupt(self) -> None:
        call, self.meanwhile = self.meanwhile, None
        if call is not None:
            call()


class Unconditional(Overtaken):
    """A store without conditional writes."""

    def put(self, key: str, content: bytes, *, create: bool = False, replaces: str = "") -> None:
        if create or replaces:
            raise ObjectStorageError("The store refused to write: NotImplemented")
        super().put(key, content)


class Ignoring(Overtaken):
    """A store that does not look at the ETag."""

    def put(self, key: str, content: bytes, *, create: bool = False, replaces: str = "") -> None:
        super().put(key, content, create=create)


@pytest.fixture(params=[Overtaken, Unconditional, Ignoring])
def bucket(request: pytest.FixtureRequest, s3: S3Server) -> Overtaken:
    made: Overtaken = request.param(s3.access(), NAME, f"lock-{request.param.__name__}")
    made.delete([LOCK_OBJECT])
    return made


def lock_of(bucket: Bucket) -> bytes:
    return bucket.get(LOCK_OBJECT)


def test_two_that_see_the_same_abandoned_lock_are_kept_apart(s3: S3Server) -> None:
    first = s3.bucket(NAME, "both")
    first.put(LOCK_OBJECT, DEAD)
    second = Overtaken(s3.access(), NAME, "both")
    with contextlib.ExitStack() as stack:
        second.meanwhile = lambda: stack.enter_context(BucketPlace(first, now=later).locked())
        with pytest.raises(BackupError, match="Another process"), BucketPlace(second, now=later).locked():
            pytest.fail("both have the lock")
        assert lock_of(first) != DEAD
    assert list(first.list()) == []


def test_an_abandoned_lock_is_taken_over_renewed_and_deleted(bucket: Overtaken) -> None:
    Bucket.put(bucket, LOCK_OBJECT, DEAD)
    place = BucketPlace(bucket, now=later)
    with place.locked():
        contents = [lock_of(bucket)]
        for _ in range(3):
            place.confirm()
            contents.append(lock_of(bucket))
        assert len(set(contents)) == 4, "each renewal changes its ETag"
    assert list(bucket.list()) == []
    with place.locked(), pytest.raises(BackupError, match="Another process"), BucketPlace(bucket).locked():
        pytest.fail("both have the lock")


def test_a_holder_that_was_paused_leaves_the_lock_of_another(bucket: Overtaken) -> None:
    place = BucketPlace(bucket)
    with place.locked():
        Bucket.put(bucket, LOCK_OBJECT, OTHER)
        with pytest.raises(BackupError, match="was lost"):
            place.confirm()
        assert lock_of(bucket) == OTHER
    assert lock_of(bucket) == OTHER


@pytest.mark.parametrize("store", [Overtaken, Unconditional])
def test_a_renewal_replaces_nothing_that_came_after_it_looked(
    s3: S3Server, store: type[Overtaken], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bucket_lock, "RENEW_SECONDS", 0.01)
    bucket = store(s3.access(), NAME, f"renewal-{store.__name__}")
    with BucketPlace(bucket).locked():
        renewing = next(one for one in threading.enumerate() if one.name == "backup-lock")
        bucket.meanwhile = lambda: Bucket.put(bucket, LOCK_OBJECT, OTHER)
        renewing.join(30)
        assert not renewing.is_alive(), "what is lost is not renewed"
        assert lock_of(bucket) == OTHER
    assert lock_of(bucket) == OTHER


def test_a_lock_that_was_deleted_is_lost(bucket: Overtaken) -> None:
    place = BucketPlace(bucket)
    with place.locked():
        bucket.delete([LOCK_OBJECT])
        with pytest.raises(BackupError, match="or it was deleted"):
            place.confirm()
        Bucket.put(bucket, LOCK_OBJECT, OTHER)
        with pytest.raises(BackupError, match="was lost"):
            place.confirm()
    assert lock_of(bucket) == OTHER


def test_a_renewal_whose_answer_was_lost_keeps_the_lock(
    s3: S3Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    bucket = s3.bucket(NAME, "repeated")
    real = bucket.put

    def twice(key: str, content: bytes, **options: Any) -> None:
        real(key, content, **options)
        real(key, content, **options)

    monkeypatch.setattr(bucket, "put", twice)
    place = BucketPlace(bucket)
    with place.locked():
        place.confirm()
        place.confirm()
    assert list(bucket.list()) == []
