from __future__ import annotations

import json

import pytest

from heeler.synthetics.json_path import MAX_MATCHES, InvalidPath, check_path, find


@pytest.mark.parametrize(
    ("path", "values"),
    [
        ("$.store.book[0].title", ["A"]),
        ("$.store.book[*].price", [8, 12]),
        ("$..price", [8, 12, 20]),
        ("$.store.book[?@.price < 10].title", ["A"]),
        ("$.store['bicycle'].price", [20]),
        ("$.store.book[-1].title", ["B"]),
        ("$.nothing", []),
    ],
)
def test_examples_in_the_style_of_rfc_9535(path: str, values: list[object]) -> None:
    text = json.dumps(
        {
            "store": {
                "book": [{"title": "A", "price": 8}, {"title": "B", "price": 12}],
                "bicycle": {"price": 20},
            }
        }
    )
    assert find(path, text) == values


@pytest.mark.parametrize("path", ["$[", "store book", "$.a" * 400, "$[?match(@.a, '(a+)+$')]", "$..a..b"])
def test_what_is_no_path_or_matches_by_backtracking_is_refused(path: str) -> None:
    with pytest.raises(InvalidPath):
        check_path(path)


def test_matches_are_bounded() -> None:
    assert len(find("$..a", json.dumps([{"a": 1}] * (MAX_MATCHES + 50)))) == MAX_MATCHES


def test_a_text_that_is_no_json_is_refused() -> None:
    with pytest.raises(InvalidPath, match="not JSON"):
        find("$.a", "<html>")
