"""Passwords: argon2id, checked in a thread because it is slow on purpose."""

from __future__ import annotations

import asyncio
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

from heeler.api.errors import bad_request

MIN_LENGTH = 8
_MAX_LENGTH = 1024
_hasher = PasswordHasher()


def check_strength(password: str) -> None:
    """Raise a 400 that says what is missing."""
    if not MIN_LENGTH <= len(password) <= _MAX_LENGTH:
        raise bad_request(f"A password has {MIN_LENGTH} to {_MAX_LENGTH} characters.")


def hash_password(password: str) -> str:
    return _hasher.hash(password)


@cache
def _nobody() -> str:
    return _hasher.hash("the password of nobody")


def verify(password_hash: str, password: str) -> bool:
    """Whether ``password`` is the one hashed; takes as long for a user without a password."""
    try:
        return _hasher.verify(password_hash or _nobody(), password) and bool(password_hash)
    except (Argon2Error, InvalidHashError):
        return False


async def verify_in_thread(password_hash: str, password: str) -> bool:
    return await asyncio.to_thread(verify, password_hash, password)


async def hash_in_thread(password: str) -> str:
    return await asyncio.to_thread(hash_password, password)
