"""Conversion of the latency distributions of trace statistics: DDSketch protobuf to and from metric sketch
bins.

Tracers and agents use gamma 1.015625 with offset 1338.5 or gamma 1.01/0.99 with offset 0, values in
nanoseconds. Bins are ``{key: count}``; a key stands for ``gamma ^ (key / 8 - 1338)``, an eighth of a metric
sketch's bin, so that they merge with any distribution. A duration is put into the middle of a whole bin, so
that bins are few and accurate to 0.78 percent; the finer keys serve to move bins, from nanoseconds to seconds
and from the bins of tracers, each of which adds an error of 0.1 percent (0.78 with whole keys).
"""

from __future__ import annotations

import math
from collections.abc import Mapping

from google.protobuf.message import DecodeError

from heeler.wire.proto import agent_payload_pb2 as pb
from heeler.wire.traces.spans import TraceFormatError

GAMMA = 1.015625
RESOLUTION = 8
"""Keys per bin of the metric sketch."""
_LOG_GAMMA = math.log(GAMMA)
_STEP = _LOG_GAMMA / RESOLUTION
_BIAS = 1338 * RESOLUTION
_FINE_GAMMA = math.exp(_STEP)
_FINE_OFFSET = _BIAS + 0.5
_NANOSECOND_KEYS = round(math.log(1e9) / _STEP)
_MAX_KEY = 32_767
_MOST_BINS = 100_000
_MOST_SAMPLES = 2.0**53

Bins = dict[int, float]
"""Bin key to count; key 0 holds zeros."""


def key_of(value: float) -> int:
    """Bin key of a value > 0; 0 for others."""
    return max(round(math.log(value) / _LOG_GAMMA) * RESOLUTION + _BIAS, 1) if value > 0 else 0


def value_of(key: int) -> float:
    """Representative value of a bin."""
    return math.exp((key - _BIAS) * _STEP) if key > 0 else 0.0


def decode(blob: bytes) -> Bins:
    """Decode the bins of a sketch of nanoseconds; {} if empty. Raises :class:`TraceFormatError`."""
    if not blob:
        return {}
    try:
        message = pb.DDSketch.FromString(blob)
    except DecodeError as error:
        raise TraceFormatError(f"A latency distribution is no DDSketch: {error}") from None
    gamma, offset = message.mapping.gamma, message.mapping.index_offset
    store = message.positive_values
    if len(store.bin_counts) + len(store.contiguous_bin_counts) > _MOST_BINS:
        raise TraceFormatError("A latency distribution has more bins than a sketch can have")
    counts: Bins = dict(store.bin_counts)
    for index, count in enumerate(store.contiguous_bin_counts, store.contiguous_bin_index_offset):
        counts[index] = counts.get(index, 0.0) + count
    bins: Bins = {0: message.zero_count} if message.zero_count > 0 else {}
    same = abs(gamma - _FINE_GAMMA) < 1e-12 and abs(offset - _FINE_OFFSET) < 1e-9
    if not same and not (1 < gamma < math.inf and math.isfinite(offset)):
        raise TraceFormatError(f"A latency distribution has gamma {gamma} and offset {offset}")
    if not all(0 <= count <= _MOST_SAMPLES for count in (message.zero_count, *counts.values())):
        raise TraceFormatError("A latency distribution has a bin with a count that is no number of samples")
    for index, count in counts.items():
        if count > 0:
            key = min(max(index, 1), _MAX_KEY + _NANOSECOND_KEYS) if same else _moved(index, gamma, offset)
            bins[key] = bins.get(key, 0.0) + count
    return bins


def _moved(index: int, gamma: float, offset: float) -> int:
    """Key in this mapping for the center of bin ``index`` of another mapping."""
    logarithm = (index - offset) * math.log(gamma) + math.log(2 * gamma / (1 + gamma))
    return min(max(round(min(logarithm / _STEP, 2.0**31)) + _BIAS, 1), _MAX_KEY + _NANOSECOND_KEYS)


def encode(bins: Mapping[int, float]) -> bytes:
    """Protobuf of ``bins``; b"" if empty."""
    if not bins:
        return b""
    positive = {key: count for key, count in bins.items() if key > 0}
    body: bytes = pb.DDSketch(
        mapping=pb.IndexMapping(gamma=_FINE_GAMMA, index_offset=_FINE_OFFSET),
        positive_values=pb.Store(bin_counts=positive),
        zero_count=bins.get(0, 0.0),
    ).SerializeToString()
    return body


def in_seconds(bins: Mapping[int, float]) -> Bins:
    """Convert bins of nanoseconds to bins of seconds: keys are logarithms, so division is a shift."""
    shifted: Bins = {}
    for key, count in bins.items():
        moved = min(max(key - _NANOSECOND_KEYS, 1), _MAX_KEY) if key > 0 else 0
        shifted[moved] = shifted.get(moved, 0.0) + count
    return shifted


def quantile(bins: Mapping[int, float], q: float) -> float:
    """The ``q`` quantile (0 to 1), within 0.9 percent of the exact one; NaN if empty."""
    total = sum(bins.values())
    if not total:
        return math.nan
    reached = 0.0
    for key in sorted(bins):
        reached += bins[key]
        if reached > q * (total - 1):
            return value_of(key)
    return value_of(max(bins))
