from __future__ import annotations

from heeler.wire import normalize
from heeler.wire.short_text_cache import short_text_cache
from heeler.wire.traces import normalize as traces_normalize


def test_long_texts_are_computed_each_time() -> None:
    computed: list[tuple[str, ...]] = []

    @short_text_cache(8, longest=4)
    def joined(one: str, other: str = "") -> str:
        computed.append((one, other))
        return one + other

    for _ in range(2):
        assert joined("ab") == "ab"
        assert joined("ab", "cd") == "abcd"
        assert joined("ab", "cde") == "abcde"
        assert joined("abcde") == "abcde"
    assert computed.count(("ab", "")) == 1
    assert computed.count(("ab", "cd")) == 1
    assert computed.count(("ab", "cde")) == computed.count(("abcde", "")) == 2


def test_long_names_and_tags_are_normalized_alike() -> None:
    long = "env:" + "x" * 300 + "!"
    assert normalize.tag(long) == ("env:" + "x" * 196)
    assert normalize.metric_name("9" + "a" * 300) == "a" * 200
    assert normalize.tag_set([long] * 100) == (normalize.tag(long),)
    assert traces_normalize.tag_value("A" * 300) == "a" * 200
