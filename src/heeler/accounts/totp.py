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
#: Accepted steps before and after the current one, for clock skew.
_WINDOW = 1
RECOVERY_CODES = 10
#: Alphabet without similar-looking characters.
_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"


def new_secret() -> str:
    """160 random bits in base32, the format of authenticator apps."""
    return base64.b32encode(secrets.token_bytes(20)).decode()


def is_secret(text: str) -> bool:
    """Whether ``text`` is base32 of at least 128 bits."""
    try:
        return 16 <= len(base64.b32decode(text)) <= 40
    except (binascii.Error, ValueError):
        return False


def code_at(secret: str, step: int) -> str:
    """The code of a time step; steps count 30-second periods since 1970."""
    digest = hmac.new(base64.b32decode(secret), struct.pack(">Q", step), hashlib.sha1).digest()
    start = digest[-1] & 15
    number = struct.unpack(">I", digest[start : start + 4])[0] & 0x7FFFFFFF
    return str(number % 10**_DIGITS).zfill(_DIGITS)


def matching_step(secret: str, code: str, now: float, last_step: int) -> int | None:
    """The step of ``code``, if later than ``last_step``; None if it is wrong or was used."""
    code = code.replace(" ", "")
    current = int(now // SECONDS)
    for step in range(current - _WINDOW, current + _WINDOW + 1):
        if step > last_step and hmac.compare_digest(code_at(secret, step).encode(), code.encode()):
            return step
    return None


def uri(secret: str, account: str, issuer: str) -> str:
    """``otpauth`` URI for the QR code of authenticator apps."""
    label = quote(f"{issuer}:{account}")
    return f"otpauth://totp/{label}?{urlencode({'secret': secret, 'issuer': issuer})}"


def new_recovery_codes() -> list[str]:
    """Single-use recovery codes such as ``k7mpw-x2rta``."""

    def part() -> str:
        return "".join(secrets.choice(_ALPHABET) for _ in range(5))

    return [f"{part()}-{part()}" for _ in range(RECOVERY_CODES)]


def recovery_digest(code: str) -> str:
    """Hash of a recovery code for storage; case and hyphens are ignored."""
    plain = "".join(character for character in code.lower() if character.isalnum())
    return hashlib.sha256(f"recovery {plain}".encode()).hexdigest()
