"""Attributes by dotted path."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heeler.logs.pipelines.paths import MAX_KNOWN, MISSING, merge, read, remove, splits, text_of_value, write


@pytest.mark.parametrize(
    ("tree", "path", "wanted"),
    [
        ({"a": 1}, "a", 1),
        ({"a": {"b": {"c": 1}}}, "a.b.c", 1),
        ({"a": {"b": {"c": 1}}}, "a.b", {"c": 1}),
        ({"a.b": 1}, "a.b", 1),
        ({"a.b": {"c": 1}}, "a.b.c", 1),
        ({"a": {"b.c": 1}}, "a.b.c", 1),
        ({"a": {}, "a.b": {"c": 1}}, "a.b.c", 1),
        ({"a": None}, "a", None),
        ({"a": [{"b": 1}, {"c": 2}, {"b": 3}]}, "a.b", [1, 3]),
        ({"a": [{"b": {"c": 1}}]}, "a.b.c", [1]),
        ({"a": [1, 2]}, "a", [1, 2]),
    ],
)
def test_what_is_there(tree: dict[str, Any], path: str, wanted: object) -> None:
    assert read(tree, path) == wanted


@pytest.mark.parametrize(
    ("tree", "path"),
    [({}, "a"), ({"a": 1}, "a.b"), ({"a": {"b": 1}}, "a.c"), ({"a": [1]}, "a.b"), ({"a": []}, "a.b"), ({"a": {}}, ""), ({"a": 1}, ".a")],
)  # fmt: skip
def test_what_is_not(tree: dict[str, Any], path: str) -> None:
    assert read(tree, path) is MISSING


@pytest.mark.parametrize(
    ("tree", "path", "wanted"),
    [
        ({}, "a.b.c", {"a": {"b": {"c": 9}}}),
        ({"a": {"x": 1}}, "a.b", {"a": {"x": 1, "b": 9}}),
        ({"a": {"b": {"c": 1}}}, "a.b", {"a": {"b": 9}}),
        # Where the key is dotted, the value that is read is the one that is replaced.
        ({"a.b": 1}, "a.b", {"a.b": 9}),
        ({"a": {"b.c": 1}}, "a.b.c", {"a": {"b.c": 9}}),
    ],
)
def test_writing(tree: dict[str, Any], path: str, wanted: object) -> None:
    assert write(tree, path, 9)
    assert tree == wanted
    assert read(tree, path) == 9


@pytest.mark.parametrize("tree", [{"a": 1}, {"a": "text"}, {"a": [{"b": 1}]}, {"a": None}])
def test_a_plain_value_is_not_replaced_by_an_object(tree: dict[str, Any]) -> None:
    before = copy.deepcopy(tree)
    assert not write(tree, "a.b", 9)
    assert tree == before


@pytest.mark.parametrize(
    ("tree", "path", "wanted"),
    [
        ({"a": 1, "b": 2}, "a", {"b": 2}),
        ({"a": {"b": 1, "c": 2}}, "a.b", {"a": {"c": 2}}),
        ({"a": {"b": {"c": 1}}}, "a.b.c", {}),
        ({"a.b": 1, "c": 2}, "a.b", {"c": 2}),
        ({"a.b": {"c": 1, "d": 2}}, "a.b.c", {"a.b": {"d": 2}}),
        ({"a": {"b.c": 1}}, "a.b.c", {}),
        ({"a.b": 1, "a": {"b": 2, "x": 3}}, "a.b", {"a": {"x": 3}}),
        ({"a": [{"b": 1, "c": 2}, {"b": 3}, 4]}, "a.b", {"a": [{"c": 2}, {}, 4]}),
        ({"a": 1}, "a.b", {"a": 1}),
        ({"a": 1}, "x.y", {"a": 1}),
    ],
)
def test_removing(tree: dict[str, Any], path: str, wanted: object) -> None:
    remove(tree, path)
    assert tree == wanted


def test_merging_goes_into_objects_and_replaces_what_is_plain() -> None:
    tree = {"a": {"x": 1, "y": {"z": 2}}, "b": 1, "c": {"d": 1}}
    merge(tree, {"a": {"y": {"w": 3}, "x": 5}, "b": {"e": 1}, "c": 7, "n": None})
    assert tree == {"a": {"x": 5, "y": {"z": 2, "w": 3}}, "b": {"e": 1}, "c": 7, "n": None}


@pytest.mark.parametrize(
    ("value", "text"), [(True, "true"), (False, "false"), (7, "7"), (1.5, "1.5"), ("True", "True")]
)
def test_plain_values_within_text(value: object, text: str) -> None:
    assert text_of_value(value) == text


KEYS = st.sampled_from(["a", "b", "a.b", "b.c", "c"])
TREES = st.recursive(
    st.dictionaries(KEYS, st.integers()),
    lambda inner: st.dictionaries(KEYS, st.one_of(st.integers(), inner, st.lists(inner, max_size=2))),
    max_leaves=8,
)
PATHS = st.lists(st.sampled_from("abc"), min_size=1, max_size=4).map(".".join)


@given(TREES, PATHS)
def test_what_is_removed_is_not_read_any_more(tree: dict[str, Any], path: str) -> None:
    remove(tree, path)
    assert read(tree, path) is MISSING


@given(TREES, PATHS, PATHS)
def test_removing_leaves_what_does_not_begin_with_the_path(
    tree: dict[str, Any], path: str, other: str
) -> None:
    before = read(tree, other)
    remove(tree, path)
    if not (other + ".").startswith(path + ".") and not (path + ".").startswith(other + "."):
        assert read(tree, other) == before or before == {}


@given(st.dictionaries(st.sampled_from("abc"), st.integers()), PATHS)
def test_what_is_written_is_read(tree: dict[str, Any], path: str) -> None:
    if write(tree, path, "new"):
        assert read(tree, path) == "new"


@given(st.text("ab.", max_size=2 * MAX_KNOWN))
def test_every_split_of_a_path(path: str) -> None:
    steps = path.split(".")
    every = [(".".join(steps[:size]), ".".join(steps[size:])) for size in range(1, len(steps))]
    assert list(splits(path)) == ([] if path.startswith(".") else every)


def test_a_path_of_a_log_as_long_as_a_message_is_not_remembered() -> None:
    assert read({"a": {"b": 1}}, "a." + "b." * MAX_KNOWN + "b") is MISSING
    assert not isinstance(splits("a." * MAX_KNOWN), tuple)
