from __future__ import annotations

from heeler.dashboards.content import MAX_LETTERS, content_of


def test_titles_and_metrics_are_found_once() -> None:
    graph = {"definition": {"title": "Load", "requests": [{"q": "avg:system.load.1{*} / max:cpu.count{*}"}]}}
    group = {"definition": {"title": "Group", "widgets": [graph, graph]}}
    assert content_of({"widgets": [group]}) == "Group Load system.load.1 cpu.count"
    assert content_of({}) == ""


def test_the_words_are_bounded() -> None:
    widgets = [{"definition": {"title": f"title {i}"}} for i in range(2000)]
    assert len(content_of({"widgets": widgets})) == MAX_LETTERS


def test_a_long_word_takes_linear_work() -> None:
    """Quadratic work would run into the limit of time of a test."""
    query = "a" * 500_000 + " avg:cpu.user{*}"
    board = {"widgets": [{"definition": {"requests": [{"q": query}]}}]}
    assert content_of(board) == "cpu.user"
