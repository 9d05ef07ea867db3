"""Time-based one-time passwords (RFC 6238: SHA-1, six digits, 30-second step) and recovery codes."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
import struct
from urllib.parse import quote, urlencode

SECONDS = 30
_DIGITS = 6
#: Steps before and after the current one whose code is taken, for clocks that differ.
_WINDOW = 1
RECOVERY_CODES = 10
#: Without characters that look alike.
_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"


def new_secret() -> str:
    """160 random bits in base32, which authenticator apps take."""
    return base64.b32encode(secrets.token_bytes(20)).decode()


def is_secret(text: str) -> bool:
    """Whether ``text`` is base32 of at least 128 bits."""
    try:
        return 16 <= len(base64.b32decode(text)) <= 40
    except (binascii.Error, ValueError):
        return False


def code_at(secret: str, step: int) -> str:
    """The code of a step: whole 30-second spans since 1970."""
    digest = hmac.new(base64.b32decode(secret), struct.pack(">Q", step), hashlib.sha1).digest()
    start = digest[-1] & 15
    number = struct.unpack(">I", digest[start : start + 4])[0] & 0x7FFFFFFF
    return str(number % 10**_DIGITS).zfill(_DIGITS)


def matching_step(secret: str, code: str, now: float, last_step: int) -> int | None:
    """The step whose code ``code`` is, later than ``last_step``; None where it is wrong or was used."""
    code = code.replace(" ", "")
    current = int(now // SECONDS)
    for step in range(current - _WINDOW, current + _WINDOW + 1):
        if step > last_step and hmac.compare_digest(code_at(secret, step).encode(), code.encode()):
            return step
    return None


def uri(secret: str, account: str, issuer: str) -> str:
    """What an authenticator app reads from the QR code."""
    label = quote(f"{issuer}:{account}")
    return f"otpauth://totp/{label}?{urlencode({'secret': secret, 'issuer': issuer})}"


def new_recovery_codes() -> list[str]:
    """Codes such as ``k7mpw-x2rta``, each good for one login."""

    def part() -> str:
        return "".join(secrets.choice(_ALPHABET) for _ in range(5))

    return [f"{part()}-{part()}" for _ in range(RECOVERY_CODES)]


def recovery_digest(code: str) -> str:
    """How a recovery code is stored; case and hyphens do not matter."""
    plain = "".join(character for character in code.lower() if character.isalnum())
    return hashlib.sha256(f"recovery {plain}".encode()).hexdigest()
