from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from heeler.monitors.timeline import MAX_SEGMENTS, strips


def test_strips_tell_what_each_group_was_in() -> None:
    history = {
        "host:a": ("OK", [(110.0, "OK", "Alert"), (130.0, "Alert", "OK")]),
        "host:b": ("OK", []),
        "host:c": ("", [(150.0, "", "Warn"), (160.0, "Warn", "")]),
    }
    found = strips(history, 100, 200)
    assert [one.group for one in found] == ["host:a", "host:c", "host:b"], "the worst first"
    assert [(part.start, part.end, part.state) for part in found[0].segments] == [
        (100, 110, "OK"), (110, 130, "Alert"), (130, 200, "OK"),
    ]  # fmt: skip
    assert found[0].seconds == {"OK": 80, "Alert": 20}
    assert [(part.start, part.end, part.state) for part in found[1].segments] == [(150, 160, "Warn")]


@given(st.lists(st.floats(0, 1000), max_size=2000, unique=True), st.booleans())
def test_strips_are_bounded_and_in_order(times: list[float], alert: bool) -> None:
    states = ["Alert", "OK"] if alert else ["OK", "Warn"]
    changes = [(time, "", states[place % 2]) for place, time in enumerate(sorted(times))]
    (strip,) = strips({"*": ("OK", changes)}, 0, 1000)
    assert 1 <= len(strip.segments) <= MAX_SEGMENTS + 1
    ends = [0.0]
    for part in strip.segments:
        assert part.start >= ends[-1] - 1e-6
        assert part.end > part.start
        ends.append(part.end)
    assert abs(sum(strip.seconds.values()) - 1000) < 1e-3
