"""Series and sketches that the agent writes, read by Google's protobuf and by our intake's decoders."""

from __future__ import annotations

import math

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from hypothesis import given
from hypothesis import strategies as st

from heeler.wire.metrics.encode_series import Series, encode_payloads
from heeler.wire.metrics.encode_sketches import (
    Sketch,
    SketchSeries,
    bin_key,
    bin_value,
    encode_sketch_payloads,
)

F = descriptor_pb2.FieldDescriptorProto
KINDS = {"string": F.TYPE_STRING, "double": F.TYPE_DOUBLE, "int64": F.TYPE_INT64, "sint32": F.TYPE_SINT32,
         "uint32": F.TYPE_UINT32, "int32": F.TYPE_INT32}  # fmt: skip


def messages(**shapes: dict[int, tuple[str, str, bool]]) -> dict[str, type]:
    """Message classes from {number: (name, kind, repeated)}; a kind that is no scalar names another
    message.
    """
    file = descriptor_pb2.FileDescriptorProto(name=f"{'-'.join(shapes)}.proto", package="t", syntax="proto3")
    for name, fields in shapes.items():
        message = file.message_type.add(name=name)
        for number, (label, kind, repeated) in fields.items():
            field = message.field.add(name=label, number=number, type=KINDS.get(kind, F.TYPE_MESSAGE))
            field.label = F.LABEL_REPEATED if repeated else F.LABEL_OPTIONAL
            if kind not in KINDS:
                field.type_name = f".t.{kind}"
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return {name: message_factory.GetMessageClass(pool.FindMessageTypeByName(f"t.{name}")) for name in shapes}


SERIES = messages(
    Resource={1: ("type", "string", False), 2: ("name", "string", False)},
    Point={1: ("value", "double", False), 2: ("timestamp", "int64", False)},
    MetricSeries={
        1: ("resources", "Resource", True),
        2: ("metric", "string", False),
        3: ("tags", "string", True),
        4: ("points", "Point", True),
        5: ("type", "int32", False),
        6: ("unit", "string", False),
        7: ("source_type_name", "string", False),
        8: ("interval", "int64", False),
    },
    MetricPayload={1: ("series", "MetricSeries", True)},
)["MetricPayload"]
SKETCHES = messages(
    Dogsketch={
        1: ("ts", "int64", False),
        2: ("cnt", "int64", False),
        3: ("min", "double", False),
        4: ("max", "double", False),
        5: ("avg", "double", False),
        6: ("sum", "double", False),
        7: ("k", "sint32", True),
        8: ("n", "uint32", True),
    },
    Meta={1: ("agent_version", "string", False)},
    Sketch={
        1: ("metric", "string", False),
        2: ("host", "string", False),
        4: ("tags", "string", True),
        7: ("dogsketches", "Dogsketch", True),
    },
    SketchPayload={1: ("sketches", "Sketch", True), 2: ("metadata", "Meta", False)},
)["SketchPayload"]

finite = st.floats(allow_nan=False, allow_infinity=False)
series = st.builds(
    Series,
    metric=st.text(min_size=1, max_size=20),
    points=st.lists(st.tuples(st.integers(0, 2**40), finite), min_size=1, max_size=5).map(tuple),
    tags=st.lists(st.text(max_size=10).filter(lambda t: not t.startswith("device:")), max_size=4).map(tuple),
    host=st.text(max_size=10),
    type=st.sampled_from(["gauge", "rate", "count"]),
    interval=st.integers(0, 3600),
)


@given(st.lists(series, max_size=20))
def test_protobuf_reads_what_was_written(many: list[Series]) -> None:
    read = [
        one
        for body in encode_payloads(many, max_bytes=200, max_points=7)
        for one in SERIES.FromString(body).series
    ]
    assert len(read) == len(many)
    for one, back in zip(many, read, strict=True):
        assert (back.metric, tuple(back.tags), back.interval) == (one.metric, one.tags, one.interval)
        assert (back.resources[0].type, back.resources[0].name) == ("host", one.host)
        assert tuple((p.timestamp, p.value) for p in back.points) == one.points
        assert back.type == {"count": 1, "rate": 2, "gauge": 3}[one.type]


def test_a_device_tag_becomes_a_resource() -> None:
    (body,) = encode_payloads([Series("m", ((1, 2.0),), ("device:sda", "x:y"), "h")])
    one = SERIES.FromString(body).series[0]
    assert [(r.type, r.name) for r in one.resources] == [("host", "h"), ("device", "sda")]
    assert list(one.tags) == ["x:y"]


def test_keys_of_the_sketch_are_the_agents() -> None:
    known = {0.0: 0, 1e-10: 0, 1e-9: 1, 0.001: 892, 0.5: 1293, 1.0: 1338, 2.0: 1383, 3.0: 1409, 10.0: 1487,
             100.0: 1635, 1000.0: 1784, 1e6: 2229, 1e9: 2675, -100.0: -1635}  # fmt: skip
    assert {value: bin_key(value) for value in known} == known
    assert math.isclose(bin_value(1635), 99.9573, rel_tol=1e-4)


@given(st.lists(st.tuples(st.floats(-1e9, 1e9), st.integers(1, 200_000)), min_size=1, max_size=30))
def test_a_sketch_keeps_count_and_extremes(samples: list[tuple[float, int]]) -> None:
    sketch = Sketch()
    for value, count in samples:
        sketch.add(value, count)
    (body,) = encode_sketch_payloads([SketchSeries("m", ((5, sketch),), ("a:b",), "h")])
    point = SKETCHES.FromString(body).sketches[0].dogsketches[0]
    assert point.cnt == sum(count for _, count in samples) == sum(point.n)
    assert (point.min, point.max) == (min(v for v, _ in samples), max(v for v, _ in samples))
    assert list(point.k) == sorted(point.k)
    assert max(point.n) <= 65535


@given(st.floats(-1e6, 1e6), st.floats(0, 1e6), st.integers(1, 10_000))
def test_a_range_spreads_all_its_values_inside_its_bounds(lower: float, width: float, count: int) -> None:
    sketch = Sketch()
    sketch.add_range(lower, lower + width, count)
    assert sketch.count == count
    assert lower <= sketch.lowest <= sketch.highest <= lower + width
