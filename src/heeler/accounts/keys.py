"""Secrets of keys, tokens and sessions: generated at random, shown once, stored as a hash."""

from __future__ import annotations

import hashlib
import secrets
import uuid
from datetime import datetime
from typing import Literal

from heeler.accounts.model import Key

Kind = Literal["api", "app", "pat", "sat"]

LENGTHS: dict[str, int] = {"api": 32, "app": 40}
"""Hexadecimal characters of a key; clients check for them."""

TOKEN_PREFIXES: dict[str, str] = {"pat": "hlrpat_", "sat": "hlrsat_"}
"""Prefixes of access tokens, which scanners for leaked secrets recognize."""


def new_secret(kind: Kind) -> str:
    if kind in TOKEN_PREFIXES:
        return f"{TOKEN_PREFIXES[kind]}{secrets.token_hex(8)}_{secrets.token_hex(24)}"
    return secrets.token_hex(LENGTHS[kind] // 2)


def public_portion(secret: str) -> str:
    """The non-secret part of an access token, by which it can be recognized."""
    return secret.rpartition("_")[0].rpartition("_")[2]


def digest(secret: str) -> str:
    # The secrets are random, so a fast hash is enough; passwords go through argon2.
    return hashlib.sha256(secret.encode(errors="replace")).hexdigest()


def make_key(kind: Kind, name: str, secret: str, user_id: int | None, now: datetime) -> Key:
    """Create a row for ``secret``, which is itself not stored. ``user_id`` is the creator; all types but API
    keys act as that user.
    """
    return Key(
        id=str(uuid.uuid4()),
        kind=kind,
        name=name,
        hash=digest(secret),
        last4=secret[-4:],
        public_portion=public_portion(secret) if kind in TOKEN_PREFIXES else "",
        user_id=user_id,
        created=now,
        modified=now,
        scopes=None,
        expires=None,
        last_used=None,
        revoked=None,
    )


def masked(key: Key) -> str:
    """The key in displayable form: same length, only the last four characters visible."""
    return key.last4.rjust(LENGTHS.get(key.kind, 40), "*")
