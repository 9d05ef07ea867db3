"""The compiled loops of columns against plain Python."""

from __future__ import annotations

import json
import re
from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from heeler.wire.json_codec import looks_like_json
from heeler.wire.logs import jit_columns
from heeler.wire.logs.id_forms import form_of
from heeler.wire.logs.jit_json import ESCAPED, INSIDE, VERBATIM

ids = st.one_of(
    st.integers(0, 2**64 - 1),
    st.integers(0, 99),
    st.sampled_from([10**19, 10**18, 2**63, 2**64 - 1, 0x1234567890123456, 0x1111111111111111]),
)
words = st.one_of(st.text(max_size=8), st.sampled_from(["", "a", "b", "é", '"', "\\", "\n", "0"]))


def joined(parts: list[bytes]) -> tuple[NDArray[np.uint8], NDArray[np.int64], NDArray[np.int64]]:
    ends = np.cumsum([len(part) for part in parts], dtype=np.int64)
    begins = ends - np.array([len(part) for part in parts], np.int64)
    return np.frombuffer(b"".join(parts) or b"\0", np.uint8), begins, ends


@given(ids, ids, st.data())
def test_the_form_of_an_id_is_that_of_plain_python(high: int, low: int, data: st.DataObject) -> None:
    other = data.draw(ids)
    texts = [str(low), str(other), f"0{low}", f"-{low}", f"{low}0", f"{low}.0", f"{high:016x}{low:016x}",
             f"{high:016X}{low:016X}", f"{low:032x}", f"{other:016x}{low:016x}", f"{high:016x}{other:016x}",
             "", "0", " ", f" {low}"]  # fmt: skip
    text = data.draw(st.sampled_from(texts))
    quoted = not re.fullmatch(r"-?(0|[1-9]\d*)(\.0)?", text) or data.draw(st.booleans())
    value = f'"{text}"' if quoted else text
    buffer = np.frombuffer(value.encode(), np.uint8)
    for of_trace in (True, False):
        found = jit_columns.id_form(buffer, 0, len(value), np.uint64(high), np.uint64(low), of_trace)
        stored = f'"{text}"' if quoted and looks_like_json(text) else text if quoted else value
        wanted = form_of(stored, low, high if of_trace else None)
        assert (chr(found) if found else ".") == wanted


@given(st.lists(words, max_size=20), st.data())
def test_distinct_values_are_numbered_in_the_order_of_their_first(
    texts: list[str], data: st.DataObject
) -> None:
    buffer, begins, ends = joined([text.encode("utf-8") for text in texts])
    values = np.array(
        data.draw(st.lists(st.integers(-1, len(texts) - 1), max_size=30)) if texts else [-1], np.int64
    )
    table = np.full(128, -1, np.int64)
    codes, first = np.empty(len(values), np.int64), np.empty(len(values), np.int64)
    seed = np.uint64(data.draw(st.integers(0, 2**64 - 1)))
    count = jit_columns.distinct(buffer, values, begins, ends, seed, table, codes, first)
    seen = list(dict.fromkeys(texts[value] for value in values if value >= 0))
    assert [texts[value] for value in first[:count]] == seen
    assert list(codes) == [seen.index(texts[value]) if value >= 0 else -1 for value in values]


@given(st.lists(words, max_size=12), st.data())
def test_strings_are_written_unescaped_and_contiguously(texts: list[str], data: st.DataObject) -> None:
    written = [json.dumps(text, ensure_ascii=data.draw(st.booleans())).encode() for text in texts]
    buffer, begins, ends = joined(written)
    kinds = np.array([INSIDE | (ESCAPED if b"\\" in one else 0) for one in written], np.int64)
    values = np.array(
        data.draw(st.lists(st.integers(-1, len(texts) - 1), max_size=20)) if texts else [-1], np.int64
    )
    offsets, out = np.zeros(len(values) + 1, np.int64), np.zeros(20 * 100, np.uint8)
    size = jit_columns.insides(buffer, values, begins, ends, kinds, offsets, out)
    found = [bytes(out[begin:end]).decode() for begin, end in pairwise(offsets)]
    assert found == [texts[value] if value >= 0 else "" for value in values]
    assert size == offsets[-1]


@given(st.lists(words, min_size=1, max_size=12))
def test_values_in_storage_form_keep_what_is_verbatim(texts: list[str]) -> None:
    written = [json.dumps(text).encode() for text in texts]
    buffer, begins, ends = joined(written)
    values = np.arange(len(texts), dtype=np.int64)
    offsets, out = np.zeros(len(values) + 1, np.int64), np.zeros(len(buffer), np.uint8)
    kinds = np.full(len(texts), VERBATIM, np.int64)
    jit_columns.texts(buffer, values, begins, ends, kinds, offsets, out)
    assert [bytes(out[a:b]) for a, b in pairwise(offsets)] == written


@given(st.lists(st.text("dx.{} ", max_size=12), max_size=8), st.text("dx.{", min_size=2, max_size=5))
def test_a_word_is_found_in_its_rows_only(texts: list[str], word: str) -> None:
    buffer = np.frombuffer("".join(texts).encode() or b"\0", np.uint8)
    offsets = np.array([0, *np.cumsum([len(text) for text in texts])], np.int64)
    found = np.empty(len(texts), np.int64)
    count = jit_columns.find_word(buffer, offsets, np.frombuffer(word.encode(), np.uint8), found)
    assert list(found[:count]) == [row for row, text in enumerate(texts) if word in text]


@given(st.lists(st.lists(st.sampled_from([None, '""', '"a"', "-1", "0", "9.5", "null", "true", "{}", "[1]"]),
                         min_size=3, max_size=3), max_size=6))  # fmt: skip
def test_the_first_candidate_with_a_text_is_picked(rows: list[list[str | None]]) -> None:
    flat = [value for row in rows for value in row]
    buffer, begins, ends = joined([(value or "").encode() for value in flat])
    candidates = np.array(
        [
            [row * 3 + at if flat[row * 3 + at] is not None else -1 for at in range(3)]
            for row in range(len(rows))
        ],
        np.int64,
    ).reshape(len(rows), 3)
    out = np.empty(len(rows), np.int64)
    jit_columns.pick_text(buffer, candidates, begins, ends, out)
    usable = ('"a"', "-1", "0", "9.5")
    assert [flat[value] if value >= 0 else None for value in out] == [
        next((value for value in row if value in usable), None) for row in rows
    ]
