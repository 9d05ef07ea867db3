"""Fingerprint of errors: those of one service with the same type, message shape and top own frame are one
issue.

Numbers, quoted text and text in parentheses differ between occurrences and are removed from the message; ids,
dates and versions are removed from the innermost frame of the application. A tag ``error.fingerprint``
replaces all of it but the service.
"""

from __future__ import annotations

import hashlib
import re
import uuid
from dataclasses import dataclass

from heeler.errors.stacktrace import parse
from heeler.wire.short_text_cache import short_text_cache

VERSION = 1
"""Version of these rules: an issue's id depends on it, so that changed rules create new issues, not mixed
ones."""
MAX_WORDS = 30
_ASIDE = re.compile(r"\"[^\"\n]*\"|'[^'\n]*'|`[^`\n]*`|\([^()\n]*\)|\[[^\[\]\n]*\]|\{[^{}\n]*\}")
_ID = re.compile(r"\b(?=\w*\d)[\w-]+\b")
_WORD = re.compile(r"[^\W\d_]{2,}")
_CHANGING = re.compile(r"[0-9a-f]{8,}|\d+")


@dataclass(frozen=True, slots=True)
class Identity:
    """An issue's id (a UUID), and the location of the error."""

    issue: str
    file: str
    function: str
    language: str


@short_text_cache(4096, longest=16_384)
def identify(service: str, kind: str, message: str, stack: str, custom: str = "") -> Identity:
    """Compute the issue of an error: ``kind`` is its type, ``custom`` its tag ``error.fingerprint``."""
    trace = parse(stack) if stack else parse("")
    top = trace.top
    file = top.file if top else ""
    function = top.function if top else ""
    if custom:
        parts = [service, "custom", custom]
    else:
        parts = [service, kind, shape(message), _steady(file.rpartition("/")[2]), _steady(function)]
    text = "\0".join([str(VERSION), *parts])
    digest = hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=16).digest()
    return Identity(str(uuid.UUID(bytes=digest)), file, function, trace.language)


def shape(message: str) -> str:
    """Invariant words of a message's first line."""
    first = message.strip().partition("\n")[0]
    plain = _ID.sub(" ", _ASIDE.sub(" ", first))
    return " ".join(_WORD.findall(plain.lower())[:MAX_WORDS])


def _steady(name: str) -> str:
    return _CHANGING.sub("", name)
