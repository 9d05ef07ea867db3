"""Password hashing with argon2id, in a dedicated thread pool because each hash is deliberately slow."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

from heeler.api.errors import ApiError, bad_request
from heeler.api.thread_priority import yield_to_others

T = TypeVar("T")

MIN_LENGTH = 8
_MAX_LENGTH = 1024
#: One lane: a hash uses one thread, not all cores at once. 64 MiB and 3 passes are RFC 9106's second
#: recommendation.
_hasher = PasswordHasher(time_cost=3, memory_cost=64 * 1024, parallelism=1)

#: Maximum number of waiting hashes, for unknown and for known browsers, whose limit is higher.
MAX_WAITING = 32
MAX_WAITING_KNOWN = 64


class HashPool:
    """Thread pool for password hashing only, with a bounded queue.

    It is small, so that a flood of logins leaves the other cores to intake and storage.
    """

    def __init__(self, threads: int) -> None:
        self._threads = ThreadPoolExecutor(threads, "passwords", initializer=yield_to_others)
        self._waiting = 0

    def check(self, max_waiting: int = MAX_WAITING) -> None:
        """Raise a 503 when ``max_waiting`` hashes are already queued."""
        if self._waiting >= max_waiting:
            raise ApiError(
                503, "Too many logins at once. Try again in a moment.", headers={"Retry-After": "3"}
            )

    async def run(self, work: Callable[[], T], max_waiting: int = MAX_WAITING) -> T:
        """Run ``work`` in a thread of the pool. Raises a 503 when ``max_waiting`` hashes are already
        queued.
        """
        self.check(max_waiting)
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, work)
        finally:
            self._waiting -= 1


_pool = HashPool(max(1, (os.cpu_count() or 1) // 4))


def refuse_when_full() -> None:
    """Raise the 503 of :meth:`HashPool.run` where it would."""
    _pool.check()


def check_strength(password: str) -> None:
    """Raise a 400 that names the unmet requirement."""
    if not MIN_LENGTH <= len(password) <= _MAX_LENGTH:
        raise bad_request(f"A password must have {MIN_LENGTH} to {_MAX_LENGTH} characters.")


def hash_password(password: str) -> str:
    return _hasher.hash(password)


@cache
def _nobody() -> str:
    return _hasher.hash("the password of nobody")


def verify(password_hash: str, password: str) -> bool:
    """Whether ``password`` matches the hash; takes equally long for a user without a password."""
    if len(password) > _MAX_LENGTH:
        return False
    try:
        return _hasher.verify(password_hash or _nobody(), password) and bool(password_hash)
    except (Argon2Error, InvalidHashError):
        return False


async def verify_in_pool(password_hash: str, password: str, known_browser: bool = False) -> bool:
    """Run :func:`verify` in the pool; known browsers have their own share of the queue."""
    limit = MAX_WAITING_KNOWN if known_browser else MAX_WAITING
    return await _pool.run(lambda: verify(password_hash, password), limit)


async def hash_in_pool(password: str) -> str:
    return await _pool.run(lambda: hash_password(password), MAX_WAITING_KNOWN)
