"""Sizes of logs and spans before compression, for quotas of bytes."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

Sizes = npt.NDArray[np.int64]


def row_bytes(rows: pa.Table) -> Sizes:
    """Bytes of each row: its texts in UTF-8, and the width of its numbers."""
    total = np.zeros(rows.num_rows, np.int64)
    for column in rows.columns:
        at = 0
        for chunk in column.chunks:
            total[at : at + len(chunk)] += _sizes(chunk)
            at += len(chunk)
    return total


def _sizes(values: Any) -> Sizes:
    kind = values.type
    if pa.types.is_dictionary(kind):
        return _sizes(values.cast(kind.value_type))
    if pa.types.is_string(kind) or pa.types.is_binary(kind) or _is_large(kind):
        return _numbers(pc.binary_length(values))
    if pa.types.is_map(kind):
        pair = pa.struct([("key", kind.key_type), ("value", kind.item_type)])
        return _sizes(values.cast(pa.list_(pair)))
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        inner = _sizes(pc.list_flatten(values))
        parents = pc.list_parent_indices(values).to_numpy(zero_copy_only=False)
        return np.bincount(parents, inner, len(values)).astype(np.int64)
    if pa.types.is_struct(kind):
        parts = values.flatten()
        return np.sum([_sizes(part) for part in parts], axis=0) if parts else np.zeros(len(values), np.int64)
    try:
        width = (kind.bit_width + 7) // 8
    except ValueError:  # a type without a width, such as null
        width = 0
    return np.full(len(values), width, np.int64)


def _is_large(kind: pa.DataType) -> bool:
    return bool(pa.types.is_large_string(kind) or pa.types.is_large_binary(kind))


def _numbers(lengths: Any) -> Sizes:
    return np.asarray(pc.fill_null(lengths, 0).to_numpy(zero_copy_only=False), np.int64)
