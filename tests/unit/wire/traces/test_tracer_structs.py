"""What is read into types at once is what the lenient decoder reads."""

from __future__ import annotations

import random
from typing import Any

import msgspec
import pytest

from heeler.wire.traces import tracer_payload, tracer_structs
from heeler.wire.traces.spans import TraceFormatError, TracerPayload

STRINGS = ("", "web", "http.request", "GET /", "ü", "x" * 300, "_dd.p.tid", "0123456789abcdef")
ODD: tuple[Any, ...] = (None, "7", b"bytes", True, 1.5, -1, 2**63, [], {})


def chance_of(share: float, chance: random.Random, odd: Any, usual: Any) -> Any:
    return odd if chance.random() < share else usual


def span(chance: random.Random, odd: float) -> dict[str, Any]:
    """A span; each field is something else with the chance ``odd``."""
    pick = chance.choice
    made: dict[str, Any] = {
        "service": pick(STRINGS), "name": pick(STRINGS), "resource": pick(STRINGS), "type": pick(STRINGS),
        "trace_id": chance.getrandbits(64), "span_id": chance.getrandbits(64), "parent_id": 0,
        "start": chance.getrandbits(62), "duration": pick((0, 1, -5)), "error": pick((0, 1)),
        "meta": {pick(STRINGS): pick(STRINGS) for _ in range(3)},
        "metrics": {pick(STRINGS): pick((1, 1.5, -0.0, 2**60)) for _ in range(2)},
    }  # fmt: skip
    if chance.random() < 0.3:
        made["span_links"] = pick(([], None, [{"trace_id": 1, "span_id": 2}]))
    if chance.random() < 0.3:
        made["unknown"] = pick(ODD)
    for field in list(made):
        if chance.random() < odd:
            made[field] = pick(ODD)
        elif chance.random() < odd:
            del made[field]
    return made


def table(chance: random.Random, odd: float) -> list[Any]:
    """A payload of v0.5."""
    place = lambda: chance_of(odd, chance, chance.choice((*ODD, 99)), chance.randrange(len(STRINGS)))  # noqa: E731
    rows = [
        [place(), place(), place(), chance.getrandbits(64), chance.getrandbits(64), 0,
        chance.getrandbits(62), 5, 0,
         {place() or 0: place()} if odd == 0 else {1: place()}, {2: chance.choice((1, 2.5))}, place()]
        for _ in range(chance.randrange(4))
    ]  # fmt: skip
    return [list(STRINGS), [rows, []]]


def lenient(version: str, body: bytes) -> TracerPayload | str:
    try:
        return tracer_payload._DECODERS[version](tracer_payload._load(body, False))
    except TraceFormatError as error:
        return str(error)


@pytest.mark.parametrize("odd", [0.0, 0.02])
def test_maps(odd: float) -> None:
    understood = 0
    for seed in range(600):
        chance = random.Random(seed)
        raw = [[span(chance, odd) for _ in range(chance.randrange(4))] for _ in range(chance.randrange(3))]
        body = msgspec.msgpack.encode(raw)
        found = tracer_structs.nested(body)
        assert found is None or found == lenient("v0.4", body), seed
        understood += found is not None
    assert understood > 200


@pytest.mark.parametrize("odd", [0.0, 0.02])
def test_tables(odd: float) -> None:
    understood = 0
    for seed in range(600):
        body = msgspec.msgpack.encode(table(random.Random(seed), odd))
        found = tracer_structs.tabled(body)
        assert found is None or found == lenient("v0.5", body), seed
        understood += found is not None
    assert understood > 200


def test_garbage() -> None:
    for seed in range(1500):
        chance = random.Random(seed)
        raw = [[span(chance, 0.0) for _ in range(2)]]
        for version, read, whole in (
            ("v0.4", tracer_structs.nested, raw),
            ("v0.5", tracer_structs.tabled, table(chance, 0.0)),
        ):
            body = bytearray(msgspec.msgpack.encode(whole))
            for _ in range(chance.randrange(1, 3)):
                body[chance.randrange(len(body))] = chance.randrange(256)
            found = read(bytes(body))
            assert found is None or found == lenient(version, bytes(body)), seed
