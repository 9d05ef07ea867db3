"""The compiled loops of span columns against plain Python."""

from __future__ import annotations

import re
import struct
from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from heeler.wire.traces import jit_columns

tag_values = st.sampled_from(
    ["", "0", "00", "000", "099", "200", "404", "999", "1000", "2x0", "x00", "20x", "-20", "abc", "٢٠٠"]
)
numbers_ = st.sampled_from(
    [0.0, -0.0, 1.0, 99.0, 100.0, 200.0, 404.5, 999.0, 1000.0, np.nan, np.inf, -np.inf, -1.0]
)
STATUS, OTHER = 0, 1


def bounds_of(texts: list[str]) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    parts = [text.encode() for text in texts]
    ends = np.cumsum([len(part) for part in parts], dtype=np.int64)
    begins = ends - np.array([len(part) for part in parts], np.int64)
    return np.frombuffer(b"".join(parts) or b"\0", np.uint8), np.stack([begins, ends], 1).reshape(-1, 2)


def status_of(tag: str | None, number: float | None) -> int:
    if tag is not None and len(tag) == 3 and tag.isascii() and tag.isdigit():
        return int(tag)
    return int(number) if number is not None and 100 <= number <= 999 else 0


@given(
    st.lists(
        st.tuples(st.one_of(st.none(), tag_values), st.one_of(st.none(), numbers_)), min_size=1, max_size=8
    )
)
def test_a_status_is_kept_by_its_column_or_its_tag(spans: list[tuple[str | None, float | None]]) -> None:
    """What the column of the HTTP status does not give back exactly stays a tag or a number."""
    data, bounds = bounds_of([tag for tag, _ in spans if tag is not None] or [""])
    given_numbers = np.array([number for _, number in spans if number is not None] or [0.0])
    slots, number_slots = (np.full((len(spans), 2), -1, np.int64) for _ in range(2))
    for kind, table in enumerate((slots, number_slots)):
        for place, row in enumerate(row for row, span in enumerate(spans) if span[kind] is not None):
            table[row, STATUS] = place
    column = np.zeros(len(spans), np.int64)
    jit_columns.statuses(data, slots, number_slots, STATUS, bounds, given_numbers, column)
    assert list(column) == [status_of(*span) for span in spans]

    rows, size = np.arange(len(spans)), len(spans)
    keys = np.zeros(size, np.int64)
    ends = np.array([0, *np.cumsum([tag is not None for tag, _ in spans])], np.int64)
    no = np.zeros(2, np.bool_)
    row_offsets, out_keys, offsets = (
        np.zeros(size + 1, np.int64),
        np.zeros(size, np.int64),
        np.zeros(size + 1, np.int64),
    )
    out = np.zeros(200, np.uint8)
    count, _ = jit_columns.tags(
        data, rows, ends, keys, bounds, no, no, STATUS, column, row_offsets, out_keys, offsets, out
    )
    kept = [bytes(out[a:b]).decode() for a, b in pairwise(offsets[: count + 1])]
    for row, (tag, _) in enumerate(spans):
        mine = kept[row_offsets[row] : row_offsets[row + 1]]
        assert mine == ([] if tag is None else [tag]) or (mine == [] and tag == str(column[row]))

    number_ends = np.array([0, *np.cumsum([number is not None for _, number in spans])], np.int64)
    row_offsets, out_numbers = np.zeros(size + 1, np.int64), np.zeros(size)
    jit_columns.numbers(
        rows, number_ends, keys, given_numbers, slots, STATUS, no, row_offsets, out_keys, out_numbers
    )
    for row, (tag, number) in enumerate(spans):
        left = out_numbers[row_offsets[row] : row_offsets[row + 1]]
        if number is None:
            assert len(left) == 0
        elif len(left):
            assert len(left) == 1
            assert left[0] == number or np.isnan(number)
        else:
            assert tag is None
            assert column[row] == number


@given(st.lists(st.one_of(st.none(), st.floats(allow_nan=True, allow_infinity=True)), max_size=10))
def test_the_bits_of_doubles_are_kept(values: list[float | None]) -> None:
    known = [value for value in values if value is not None]
    data = np.frombuffer(b"".join(struct.pack("<d", value) for value in known) or b"\0", np.uint8)
    places = iter(range(0, 8 * len(known), 8))
    bounds = np.array([-1 if value is None else next(places) for value in values], np.int64)
    bits = np.zeros(len(values), np.uint64)
    jit_columns.doubles(data, bounds, bits)
    wanted = [bytes(8) if value is None else struct.pack("<d", value) for value in values]
    assert [struct.pack("<Q", one) for one in bits] == wanted


@given(st.lists(st.text(max_size=5), min_size=1, max_size=6), st.data())
def test_texts_are_gathered_in_the_order_of_rows(texts: list[str], data: st.DataObject) -> None:
    buffer, bounds = bounds_of(texts)
    rows = np.array(data.draw(st.lists(st.integers(-1, len(texts) - 1), max_size=12)), np.int64)
    offsets, out = np.zeros(len(rows) + 1, np.int64), np.zeros(12 * 20, np.uint8)
    size = jit_columns.gather(buffer, rows, bounds, offsets, out)
    found = [bytes(out[a:b]).decode() for a, b in pairwise(offsets)]
    assert found == [texts[row] if row >= 0 else "" for row in rows]
    assert size == offsets[-1]


HEX = st.sampled_from(
    ["0" * 16, "0123456789abcdef", "f" * 16, "F" * 16, "g" * 16, "0" * 15, "0" * 17, "", "٠" * 8]
)


@given(st.lists(st.tuples(st.integers(0, 2), st.one_of(st.none(), HEX)), min_size=1, max_size=8))
def test_the_upper_half_is_that_of_the_first_span_of_a_chunk_with_one(
    spans: list[tuple[int, str | None]],
) -> None:
    data, bounds = bounds_of([tag for _, tag in spans if tag is not None] or [""])
    slots, rows = np.full((len(spans), 1), -1, np.int64), np.zeros((len(spans), 3), np.int64)
    places = iter(range(len(spans)))
    for row, (chunk, tag) in enumerate(spans):
        rows[row, 2] = chunk
        slots[row, 0] = -1 if tag is None else next(places)
    chunks, known = np.zeros(3, np.uint64), np.zeros(3, np.bool_)
    jit_columns.high_halves(data, rows, slots, 0, bounds, chunks, known)
    for chunk in range(3):
        valid = [tag for of, tag in spans if of == chunk and tag and re.fullmatch("[0-9a-f]{16}", tag)]
        assert bool(known[chunk]) == bool(valid)
        assert chunks[chunk] == (int(valid[0], 16) if valid else 0)
