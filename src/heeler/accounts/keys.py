"""Secrets of keys and sessions: made random, shown once, kept as a hash."""

from __future__ import annotations

import hashlib
import secrets


def new_api_key() -> str:
    """32 hexadecimal characters, the length that every client checks for."""
    return secrets.token_hex(16)


def new_app_key() -> str:
    """40 hexadecimal characters."""
    return secrets.token_hex(20)


def digest(secret: str) -> str:
    # The secrets are random, so a fast hash is enough; passwords go through argon2.
    return hashlib.sha256(secret.encode()).hexdigest()
