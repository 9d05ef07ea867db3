"""Secrets of keys and sessions: made random, shown once, kept as a hash."""

from __future__ import annotations

import hashlib
import secrets
import uuid
from datetime import datetime
from typing import Literal

from heeler.accounts.model import Key

Kind = Literal["api", "app"]

LENGTHS: dict[Kind, int] = {"api": 32, "app": 40}
"""Hexadecimal characters of a key; clients check for them."""


def new_secret(kind: Kind) -> str:
    return secrets.token_hex(LENGTHS[kind] // 2)


def digest(secret: str) -> str:
    # The secrets are random, so a fast hash is enough; passwords go through argon2.
    return hashlib.sha256(secret.encode()).hexdigest()


def make_key(kind: Kind, name: str, secret: str, user_id: int | None, now: datetime) -> Key:
    """A row for ``secret``, which is not kept. ``user_id`` is the maker; an application key acts as them."""
    return Key(
        id=str(uuid.uuid4()),
        kind=kind,
        name=name,
        hash=digest(secret),
        last4=secret[-4:],
        user_id=user_id,
        created=now,
        modified=now,
        last_used=None,
        revoked=None,
    )


def masked(key: Key) -> str:
    """The key as it can be shown later: as long as the real one, with its last four characters."""
    return key.last4.rjust(LENGTHS["app" if key.kind == "app" else "api"], "*")
