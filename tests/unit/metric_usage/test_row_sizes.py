from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from heeler.metric_usage.row_sizes import row_bytes

TEXTS = st.lists(st.one_of(st.none(), st.text(max_size=8)), max_size=8)


@pytest.mark.parametrize(
    ("column", "expected"),
    [
        (pa.array(["a", "é", None, ""]), [1, 2, 0, 0]),
        (pa.array(["ab", "ab"]).dictionary_encode(), [2, 2]),
        (pa.array([b"abc"], pa.large_binary()), [3]),
        (pa.array([["a", "bc"], [], None, ["d", None]]), [3, 0, 0, 1]),
        (pa.array([[("k", "v"), ("x", "yz")], [], None], pa.map_(pa.string(), pa.string())), [5, 0, 0]),
        (pa.array([[("k", 1.0)], []], pa.map_(pa.string(), pa.float64())), [9, 0]),
        (pa.array([{"a": "bc", "n": 1}], pa.struct([("a", pa.string()), ("n", pa.int32())])), [6]),
        (pa.array([1, 2], pa.int64()), [8, 8]),
        (pa.array([True], pa.bool_()), [1]),
        (pa.nulls(2), [0, 0]),
    ],
)
def test_size_of_each_type(column: pa.Array, expected: list[int]) -> None:
    assert row_bytes(pa.table({"c": column})).tolist() == expected


@given(TEXTS, TEXTS, st.integers(0, 4))
def test_parts_and_slices_are_those_of_the_whole(first: list[str], second: list[str], start: int) -> None:
    type_ = pa.map_(pa.string(), pa.string())
    maps = [[("k", one or "")] * (len(one or "") % 3) for one in first + second]
    tags = [[one or ""] * 2 for one in first + second]
    whole = pa.table({"t": pa.array(first + second, pa.string()), "m": pa.array(maps, type_), "l": tags})
    parts = pa.concat_tables([whole.slice(0, len(first)), whole.slice(len(first))])
    sizes = [
        len((text or "").encode()) + sum(len(key) + len(value.encode()) for key, value in pairs)
        + sum(len(one.encode()) for one in words)
        for text, pairs, words in zip(first + second, maps, tags, strict=True)
    ]  # fmt: skip
    if sizes:
        assert row_bytes(parts.slice(start)).tolist() == sizes[start:]
