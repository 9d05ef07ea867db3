"""Exclusive lock of a bucket: an object that one process creates, renews while it holds it, and deletes."""

from __future__ import annotations

import contextlib
import os
import secrets
import socket
import threading
import time
from collections.abc import Callable, Iterator

from heeler.store.object_storage import (
    Bucket,
    ObjectChanged,
    ObjectExists,
    ObjectMissing,
    ObjectStorageError,
    Stored,
)

#: The lock of a bucket: lists are of folders.
LOCK_OBJECT = "lock/holder"
#: Seconds between renewals of the lock, and those after which one is that of a dead process.
RENEW_SECONDS, ABANDONED_SECONDS = 60, 1800


class LockHeld(Exception):
    """Another process holds the lock."""


class LockLost(Exception):
    """Another process took the lock, or it was deleted."""


class BucketLock:
    """A lock that one process holds. It may be used once, from several threads.

    One that was not renewed for half an hour is abandoned. Stores refuse requests of clocks that are 15
    minutes wrong, so that half an hour is longer than clocks can differ. Whoever holds a lock may have been
    paused for longer than that: :meth:`renew` before each step that must not meet another holder's, which
    gives half an hour for the step.

    Each write but the first replaces the very content that was read before (by its ETag). Stores without
    conditional writes compare it first: two that come within the same moment are not kept apart there.
    """

    def __init__(self, bucket: Bucket, *, now: Callable[[], float] = time.time) -> None:
        self._bucket, self._now = bucket, now
        self._holder = f"{socket.gethostname()} {os.getpid()} {secrets.token_hex(8)} ".encode()
        self._writes = 0
        self._using = threading.Lock()
        self.is_lost = False

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """Take the lock, and renew it in a thread. Raises :class:`LockHeld`."""
        self._take()
        done = threading.Event()
        renewing = threading.Thread(target=self._keep, args=(done,), name="backup-lock", daemon=True)
        renewing.start()
        try:
            yield
        finally:
            done.set()
            renewing.join()
            with contextlib.suppress(ObjectStorageError, LockLost):  # it is abandoned after a while
                self.renew()  # nobody else may take it between this and its end
                self._bucket.delete([LOCK_OBJECT])

    def renew(self) -> None:
        """Make sure that the lock is ours, for half an hour from now. Raises :class:`LockLost`."""
        with self._using:
            seen = self._ours()
            if not self._replace(seen):
                self._ours()  # an answer was lost, and the client repeated a write of ours

    def _ours(self) -> Stored:
        seen = None if self.is_lost else self._seen()
        if seen is None or not seen.content.startswith(self._holder):
            self.is_lost = True
            raise LockLost
        return seen

    def _keep(self, done: threading.Event) -> None:
        while not done.wait(RENEW_SECONDS):
            try:
                self.renew()
            except LockLost:
                return
            except ObjectStorageError:  # tried again before it is abandoned
                continue

    def _take(self) -> None:
        for _ in range(2):
            if self._create():
                return
            seen = self._seen()
            if seen is None:
                continue
            if seen.content.startswith(self._holder):  # an answer was lost, and the client repeated the write
                return
            if self._now() - seen.modified >= ABANDONED_SECONDS and self._replace(seen):
                return
            break
        raise LockHeld

    def _create(self) -> bool:
        """Whether the lock is ours now."""
        try:
            self._bucket.put(LOCK_OBJECT, self._content(), create=True)
        except ObjectExists:
            return False
        except ObjectStorageError as error:
            if not _is_unconditional(error):
                raise
            if self._seen() is not None:
                return False
            self._bucket.put(LOCK_OBJECT, self._content())
        return True

    def _replace(self, seen: Stored) -> bool:
        """Replace the content that was seen, and no other; whether it was still there."""
        if seen.tag:
            try:
                self._bucket.put(LOCK_OBJECT, self._content(), replaces=seen.tag)
                return True
            except (ObjectChanged, ObjectExists):
                return False
            except ObjectStorageError as error:
                if not _is_unconditional(error):
                    raise
        now = self._seen()
        if now is None or now.content != seen.content:
            return False
        self._bucket.put(LOCK_OBJECT, self._content())
        return True

    def _seen(self) -> Stored | None:
        try:
            return self._bucket.read(LOCK_OBJECT)
        except ObjectMissing:
            return None

    def _content(self) -> bytes:
        """Each time another one, so that its ETag is too."""
        self._writes += 1
        return self._holder + str(self._writes).encode()


def _is_unconditional(error: ObjectStorageError) -> bool:
    """Whether a store has no conditional writes."""
    return "NotImplemented" in str(error)
