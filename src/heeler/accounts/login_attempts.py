"""Selects the rate-limit buckets of a login attempt; manages the cookie that identifies a known browser.

Three counters slow password guessing: per user and address, per user (guesses from many addresses), and per
address (one password tried for many users). The last two also affect uninvolved users, so their delays are
limited to a few seconds, and a browser that has logged in before is exempt from all but its own counter.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets

from heeler.api.client_address import network_of
from heeler.api.login_delays import Backoff, Bucket

BROWSER_COOKIE = "heeler_browser"

PAIR = Backoff(free=5, first=1.0, longest=300.0)
SHARED = Backoff(free=20, first=0.5, longest=5.0)


def login_name(email: str) -> str:
    """The name that attempts are counted by, as users write it in many ways."""
    return email.strip().lower()[:320]


def buckets_of(email: str, address: str, browser: str | None) -> tuple[Bucket, list[Bucket]]:
    """The attempt's own bucket and the shared ones. ``browser`` is the id of a known browser."""
    if browser is not None:
        return Bucket(f"browser {browser}", PAIR), []
    network = network_of(address)
    return Bucket(f"user {email} at {network}", PAIR), [
        Bucket(f"user {email}", SHARED),
        address_bucket(address),
    ]


def address_bucket(address: str) -> Bucket:
    """The bucket of all attempts from an address, but for those of known browsers."""
    return Bucket(f"address {network_of(address)}", SHARED)


def browser_token(password_hash: str) -> str:
    """Cookie value for a browser in which the owner of ``password_hash`` logged in; invalid after a password
    change.
    """
    identity = secrets.token_hex(16)
    return f"{identity}.{_signature(password_hash, identity)}"


def known_browser(password_hash: str, token: str | None) -> str | None:
    """The browser id if ``token`` was issued for this user and password, else None."""
    identity, dot, signature = (token or "").partition(".")
    if not dot or not password_hash or not signature.isascii():
        return None
    good = hmac.compare_digest(signature, _signature(password_hash, identity))
    return identity if good else None


def _signature(password_hash: str, identity: str) -> str:
    # The stored hash never leaves the database and contains a random salt, so that it can serve as the
    # secret.
    return hmac.new(password_hash.encode(), f"browser {identity}".encode(), hashlib.sha256).hexdigest()
