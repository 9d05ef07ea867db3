"""Fingerprint of a file's first bytes: distinguishes a truncated, copied or replaced file from one that
grew."""

from __future__ import annotations

import gzip
import hashlib
import os
import zlib
from dataclasses import dataclass
from pathlib import Path

LENGTH = 1024


@dataclass(frozen=True)
class Fingerprint:
    """Digest of the first ``length`` bytes (at most 1,024; fewer for a shorter file)."""

    length: int = 0
    digest: str = ""

    @classmethod
    def of(cls, head: bytes) -> Fingerprint:
        head = head[:LENGTH]
        return cls(len(head), hashlib.blake2b(head, digest_size=8).hexdigest()) if head else cls()

    @classmethod
    def of_file(cls, descriptor: int) -> Fingerprint:
        return cls.of(os.pread(descriptor, LENGTH, 0))

    @classmethod
    def parse(cls, text: str) -> Fingerprint:
        """Inverse of ``str``; an empty fingerprint for anything else."""
        length, _, digest = text.partition(":")
        return cls(int(length), digest) if length.isdigit() and digest else cls()

    def __str__(self) -> str:
        return f"{self.length}:{self.digest}" if self.length else ""

    def fits(self, head: bytes) -> bool:
        """Whether a file with the first bytes ``head`` may be the same file, grown; true for an empty
        fingerprint.
        """
        return len(head) >= self.length and Fingerprint.of(head[: self.length]) == self


def head_of(path: Path) -> bytes:
    """The first bytes of a file, decompressed for ``.gz``; empty if it cannot be read."""
    try:
        if path.suffix == ".gz":
            with gzip.open(path, "rb") as archive:
                return archive.read(LENGTH)
        with path.open("rb") as file:
            return file.read(LENGTH)
    except (OSError, EOFError, zlib.error):
        return b""
