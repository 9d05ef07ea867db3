"""Series of one point by templates: the same as the plain encoder writes."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heeler.agent.aggregation.encoding import Template, encode
from heeler.wire.metrics.batch import Window
from heeler.wire.metrics.encode_series import MAX_BYTES, MAX_POINTS, Series, encode_payloads
from heeler.wire.metrics.series_proto import decode
from heeler.wire.metrics.series_registry import SeriesMemo
from heeler.wire.protobuf import fields

NOW = 1_790_000_000
WORDS = st.text(st.characters(codec="utf-8", exclude_categories=["C"]), min_size=1, max_size=12)


def points(bodies: list[bytes]) -> list[tuple[object, ...]]:
    """Identity, time and value of each point, as the server reads them."""
    found = []
    for body in bodies:
        batch = decode(body, SeriesMemo(), Window(NOW + 100, 0))
        infos = batch.fresh
        found += [
            (infos[slot], int(at), float(value))
            for slot, at, value in zip(batch.slots.tolist(), batch.times, batch.values, strict=True)
        ]
    return found


@given(
    WORDS,
    st.lists(WORDS, max_size=3).map(tuple),
    WORDS,
    st.sampled_from(["gauge", "count", "rate"]),
    st.integers(0, 3600),
    st.sampled_from(["", "byte"]),
    st.floats(allow_nan=False, allow_infinity=False),
    st.integers(1, NOW),
)
def test_the_server_reads_the_same(
    metric: str, tags: tuple[str, ...], host: str, kind: str, interval: int, unit: str, value: float, at: int
) -> None:
    one = Series(metric, ((at, value),), tags, host, kind, interval, "System", unit)
    assert points(list(encode([Template(metric, tags, host, kind, interval, unit)], [value], at))) == points(
        list(encode_payloads([one]))
    )


def test_each_template_has_its_value() -> None:
    templates = [Template(f"m{place}", (), "h", "gauge", 0, "") for place in range(100)]
    found = points(list(encode(templates, [float(place) for place in range(100)], NOW)))
    assert [value for _, _, value in found] == list(range(100))
    assert {at for _, at, _ in found} == {NOW}


def test_the_value_that_marks_the_place_is_a_value_like_others() -> None:
    mark = 1.2345678901234567e200
    template = Template("m", ("a:1.2345678901234567e200",), "h", "gauge", 0, "")
    ((_, _, value),) = points(list(encode([template], [mark], NOW)))
    assert value == mark


@pytest.mark.parametrize("value", [0.0, -0.0, 5e-324, math.inf, math.nan])
def test_the_length_does_not_depend_on_the_value(value: float) -> None:
    template = Template("m", (), "h", "gauge", 0, "")
    lengths = {len(next(encode([template], [one], at))) for one in (value, 1.5) for at in (1, NOW, 2**32 - 1)}
    assert len(lengths) == 1


def test_limits() -> None:
    many = [Template("m", (f"tag:{place}",), "h", "gauge", 0, "") for place in range(MAX_POINTS + 5)]
    bodies = list(encode(many, [1.0] * len(many), NOW))
    assert [len(list(fields(body))) for body in bodies] == [MAX_POINTS, 5]
    long = [Template("m", ("t" * 100_000,), "h", "gauge", 0, "")] * 50
    bodies = list(encode(long, [1.0] * 50, NOW))
    assert len(bodies) > 1
    assert all(len(body) <= MAX_BYTES for body in bodies)
    assert sum(len(list(fields(body))) for body in bodies) == 50


def test_nothing() -> None:
    assert list(encode([], [], NOW)) == []
