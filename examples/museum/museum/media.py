"""The audio guide: a short chime for each exhibit, made once and kept in memory.

Media rots, as it does in every museum: a curator moves a file and the page still links to it. Which files are
missing at a given minute follows from the clock alone, so a demo shows the same faults to everybody.
"""

from __future__ import annotations

import array
import io
import math
import wave
import zlib
from functools import cache

_RATE = 8000
_ROT_EVERY_SECONDS = 600
_ROT_LASTS_SECONDS = 120


@cache
def chime(exhibit_id: str, seconds: float = 2.0) -> bytes:
    """A WAV file (8 kHz, 16 bit, mono) of two notes that are this exhibit's own."""
    seed = zlib.crc32(exhibit_id.encode())
    notes = (220 * 2 ** (seed % 12 / 12), 330 * 2 ** (seed // 12 % 12 / 12))
    samples = array.array("h")
    for index in range(int(_RATE * seconds)):
        at = index / _RATE
        fade = math.exp(-1.5 * at)
        samples.append(int(9000 * fade * sum(math.sin(2 * math.pi * note * at) for note in notes)))
    target = io.BytesIO()
    with wave.open(target, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(_RATE)
        out.writeframes(samples.tobytes())
    return target.getvalue()


def missing(exhibit_id: str, now: float) -> bool:
    """Whether the file has been moved away at this time (UNIX seconds)."""
    phase = zlib.crc32(f"rot {exhibit_id}".encode()) % _ROT_EVERY_SECONDS
    return (now + phase) % _ROT_EVERY_SECONDS < _ROT_LASTS_SECONDS and exhibit_id in _FRAGILE


_FRAGILE = frozenset({"portolan", "orrery", "shadow"})
