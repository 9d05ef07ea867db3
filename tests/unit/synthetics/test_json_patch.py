"""Examples of RFC 6902, appendix A."""

from __future__ import annotations

from typing import Any

import pytest

from heeler.synthetics.json_patch import PatchError, patched


@pytest.mark.parametrize(
    ("document", "operation", "result"),
    [
        ({"foo": "bar"}, {"op": "add", "path": "/baz", "value": "qux"}, {"baz": "qux", "foo": "bar"}),
        (
            {"foo": ["bar", "baz"]},
            {"op": "add", "path": "/foo/1", "value": "x"},
            {"foo": ["bar", "x", "baz"]},
        ),
        ({"baz": "qux", "foo": "bar"}, {"op": "remove", "path": "/baz"}, {"foo": "bar"}),
        ({"foo": ["a", "b", "c"]}, {"op": "remove", "path": "/foo/1"}, {"foo": ["a", "c"]}),
        ({"baz": "qux"}, {"op": "replace", "path": "/baz", "value": "boo"}, {"baz": "boo"}),
        (
            {"foo": {"bar": "baz", "waldo": "fred"}, "qux": {"corge": "grault"}},
            {"op": "move", "from": "/foo/waldo", "path": "/qux/thud"},
            {"foo": {"bar": "baz"}, "qux": {"corge": "grault", "thud": "fred"}},
        ),
        (
            {"foo": ["all", "grass", "cows", "eat"]},
            {"op": "move", "from": "/foo/1", "path": "/foo/3"},
            {"foo": ["all", "cows", "eat", "grass"]},
        ),
        ({"foo": ["bar"]}, {"op": "add", "path": "/foo/-", "value": ["x"]}, {"foo": ["bar", ["x"]]}),
        ({"/": 9, "~1": 10}, {"op": "test", "path": "/~01", "value": 10}, {"/": 9, "~1": 10}),
        ({"a": {"b": 1}}, {"op": "copy", "from": "/a", "path": "/c"}, {"a": {"b": 1}, "c": {"b": 1}}),
    ],
)
def test_examples(document: Any, operation: Any, result: Any) -> None:
    before = repr(document)
    assert patched(document, [operation]) == result
    assert repr(document) == before


@pytest.mark.parametrize(
    "operations",
    [
        None, [], ["x"], [{"op": "remove", "path": "/nothing"}], [{"op": "go", "path": "/a"}],
        [{"op": "replace", "path": "/no", "value": 1}], [{"op": "test", "path": "/a", "value": 2}],
        [{"op": "add", "path": "/a"}],
        [{"op": "add", "path": "a", "value": 1}], [{"op": "add", "path": "/l/9", "value": 1}],
        [{"op": "remove", "path": ""}],
    ],
)  # fmt: skip
def test_what_cannot_be_applied_is_refused(operations: Any) -> None:
    with pytest.raises(PatchError):
        patched({"a": 1, "l": []}, operations)
