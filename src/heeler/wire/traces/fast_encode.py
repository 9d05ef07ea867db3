"""Compiled encoder of the spans of a delivery, used once its machine code is loaded; see `agent_payload.py`.

``msgspec`` writes the spans as MessagePack, which :mod:`heeler.wire.traces.encode_jit` copies into protobuf.
The result decodes to the same as that of the plain encoder (verified by a property test); it is not the same
bytes, as maps have no order.
"""

from __future__ import annotations

import logging
import threading
from itertools import accumulate
from types import ModuleType

import msgspec

from heeler.wire.traces.spans import Span

log = logging.getLogger("heeler.wire")

#: For fewer spans the plain encoder is as fast.
SMALLEST = 20
_LARGEST_GROWTH = 7
"""How many bytes of protobuf a byte of MessagePack becomes at most: an empty key with the number 0."""

_compiled: ModuleType | None = None
_lock = threading.Lock()


def ready() -> bool:
    return _compiled is not None


def prepare() -> None:
    """Load the machine code; blocks while compiling (some seconds, once an installation). Never raises."""
    global _compiled
    with _lock:
        if _compiled is not None:
            return
        try:
            from heeler.wire.traces import encode_jit

            _put(encode_jit, [Span()])
        except Exception:
            log.exception("The fast encoder of spans is not available; the plain one is used")
        else:
            _compiled = encode_jit


def put_spans(spans: list[Span]) -> list[bytes | None] | None:
    """Each span as a field of its chunk, None for one that has structs, links or events; None for all if the
    plain encoder must be used."""
    if _compiled is None or len(spans) < SMALLEST:
        return None
    return _put(_compiled, spans)


def _put(jit: ModuleType, spans: list[Span]) -> list[bytes | None] | None:
    import numpy as np

    encoder = msgspec.msgpack.Encoder()
    try:
        parts = [encoder.encode(span) for span in spans]
    except (msgspec.MsgspecError, ValueError, OverflowError, TypeError):
        return None
    data = np.frombuffer(b"".join(parts), np.uint8)
    starts = np.fromiter(accumulate(map(len, parts), initial=0), np.int64, len(parts) + 1)[:-1]
    ends, simple = np.empty(len(spans), np.int64), np.empty(len(spans), np.bool_)
    for growth in (2, _LARGEST_GROWTH):
        out = np.empty(growth * len(data) + 256 * (len(spans) + 1), np.uint8)
        written = jit.put_spans(data, starts, out, ends, simple)
        if written != jit.NO_ROOM:
            break
    if written < 0:
        return None
    raw, begin, found = out[:written].tobytes(), 0, []
    for end, is_simple in zip(ends.tolist(), simple.tolist(), strict=True):
        found.append(raw[begin:end] if is_simple else None)
        begin = end
    return found
