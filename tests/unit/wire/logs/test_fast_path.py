"""The compiled decoder of logs gives the rows of the plain one, whatever a body holds."""

from __future__ import annotations

import json
import random
from typing import Any

import orjson
import pytest

from heeler.store.attributes import PROMOTED
from heeler.store.log_rows import columns_table, logs_table
from heeler.wire.body_limits import MAX_LOGS, LimitExceeded
from heeler.wire.logs import fast_path, reserved
from heeler.wire.logs.datadog import decode
from heeler.wire.metrics.series import PayloadError

NOW = 1_764_470_929_000_000_000
PATHS = tuple(PROMOTED)
QUERIES: list[dict[str, str]] = [{}, {"ddsource": "q", "ddtags": "a:b, c", "hostname": "hq", "service": "sq"}]


@pytest.fixture(scope="module", autouse=True)
def compiled() -> None:
    fast_path.prepare()
    assert fast_path.ready()


@pytest.fixture(autouse=True)
def any_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fast_path, "SMALLEST", 0)


def plain(body: bytes, query: dict[str, str]) -> list[dict[str, Any]] | str:
    try:
        entries = decode(body, "application/json", query, NOW)
    except (PayloadError, LimitExceeded) as error:
        return type(error).__name__
    return logs_table(entries, 7, 100).to_pylist()


def fast(body: bytes, query: dict[str, str]) -> list[dict[str, Any]] | None:
    columns = fast_path.decode(body, query, NOW, PATHS)
    if columns is None:
        return None
    table = columns_table(columns, 7, 100)
    assert table.num_rows == columns.count
    return table.sort_by("seq").to_pylist()


def same(body: bytes, query: dict[str, str] | None = None) -> bool:
    """Whether the compiled decoder understood the body; what it gave is compared."""
    found, expected = fast(body, query or {}), plain(body, query or {})
    if found is None:
        return False
    assert isinstance(expected, list), f"{expected}, but the compiled decoder took {body!r}"
    for row in (*found, *expected):
        row["attributes"] = dict(row["attributes"])
    assert found == expected
    return True


KEYS = (
    *(["message", "msg", "log", "ddsource", "source", "ddtags", "hostname", "host", "service", "status",
    "timestamp", "date"]),
    *(path for path in (*reserved.DATE_KEYS, *reserved.STATUS_KEYS, *reserved.TRACE_KEYS,
    *reserved.SPAN_KEYS)),
    *(["a", "b", "a.b", "a.b.c", ".a", "a.", "a..b", "http", "usr", "error", "network", "dd", "syslog"]),
    "", "schlüssel", "日", 'q"', "\\", "\n",
    *PROMOTED, "error.stack", "error.type", "error.message",
)  # fmt: skip
TEXTS = (
    "", "x", "GET", "200", "-1", "true", "null", "false", "nul", "[1", '{"a":1}',
    '{"message":"m","a":{"b":2}}', "{", "{}", "{x}",
    '{"message":"","msg":"i","level":"warn"} ', '{"a":1}\u00a0', '{"a":NaN}',
    '{"status":"error","error":{"kind":"E","stack":"s"}}',
    "info", "ERROR", "warning", "7", "3", "oops", "2026-11-30T02:48:49.123456789Z",
    "2026-11-30 02:48:49,5+01:00",
    "2026-11-30T02:48:49", "Nov 30 02:48:49", "2026-02-30T00:00:00Z", "1764470929", "1764470929.5",
    "99999999999999999999",
    "00000000000000000000000000000012", "deadbeef", "dd.trace_id=123 dd.span_id=4", "a" * 300, "ä" * 300,
    "e\u0301", "😀",
    'say "no"', "tab\there", "nul\x00", "back\\slash", "/", "\x7f", "env:prod,team:a", " a , b ",
    "123456789012345678",
    "0x1f", "1e5", "\u2028", "{\"a\":\"\\ud83d\\ude00\"}",
    '{"dd":{"trace_id":"77","span_id":"8"},"host":"in","timestamp":5}',
)  # fmt: skip
NUMBERS = (
    0, 1, -1, 7, 3, 200, 1764470929, 1764470929123, 1764470929123456789, 2**53, 2**63, 2**64 - 1, -(2**63),
    0.0, -0.0, 0.5, 1.0,
    100.0, 0.001, 0.0001, 1e-7, 1.5e300, 0.1 + 0.2, 1764470929.25, 123456789012345.6, 12345678901234567890123,
)  # fmt: skip


def value(chance: random.Random, depth: int = 0) -> Any:
    kind = chance.randrange(12 if depth < 3 else 9)
    if kind < 6:
        return chance.choice(TEXTS)
    if kind < 8:
        return chance.choice(NUMBERS)
    if kind == 8:
        return chance.choice((True, False, None))
    if kind == 9:
        return [value(chance, depth + 1) for _ in range(chance.randrange(3))]
    return {chance.choice(KEYS): value(chance, depth + 1) for _ in range(chance.randrange(4))}


def document(chance: random.Random) -> dict[str, Any]:
    made: dict[str, Any] = {"message": chance.choice(TEXTS)} if chance.random() < 0.8 else {}
    if chance.random() < 0.6:
        made |= {
            "service": "s",
            "hostname": "h",
            "ddsource": "src",
            "status": "info",
            "timestamp": 1764470929123,
        }
    for _ in range(chance.randrange(5)):
        made[chance.choice(KEYS)] = value(chance)
    if chance.random() < 0.2:
        made["message"] = json.dumps({chance.choice(KEYS): value(chance) for _ in range(4)})
    return made


def written(chance: random.Random, documents: list[Any]) -> bytes:
    """As different encoders write it."""
    style = chance.randrange(4)
    if style == 0:
        return json.dumps(documents).encode()
    if style == 1:
        return json.dumps(documents, indent=1, ensure_ascii=False).encode()
    if style == 2:
        return json.dumps(documents, separators=(",", ":")).replace("/", "\\/").encode()
    return json.dumps(documents, separators=(" ,", ":\t"), ensure_ascii=False).encode()


def test_ids_that_columns_have() -> None:
    trace, span = 2**127 + 12345678901234567890, 2**64 - 1
    low = trace % 2**64
    ids: list[tuple[object, object]] = [
        (f"{trace:032x}", str(span)),
        (str(low), span),
        (low, str(span)),
        (7, 7),
        ("7", "007"),
        (f"{low:016x}", "0"),
        ("00000000000000000000000000000012", f"{span:x}"),
        (f"{trace:032X}", "+5"),
        ("\u0037", "x"),
        (str(low), str(low)),
    ]
    documents = [
        {
            "message": "m",
            "dd": {"trace_id": one, "span_id": other},
            "contextMap": {"dd": {"trace_id": str(low)}},
        }
        for one, other in ids
    ]
    assert same(json.dumps(documents).encode())
    rows = fast(json.dumps(documents).encode(), {})
    assert rows is not None
    assert [row["ids"] for row in rows[:6]] == ["hd", "dn", "nd", "nn", "d.", ""]
    assert not any(key.startswith("dd.") for row in rows[:4] for key, _ in row["attributes"])


def test_random_documents() -> None:
    understood = 0
    for seed in range(500):
        chance = random.Random(seed)
        documents = [document(chance) for _ in range(chance.randrange(1, 5))]
        understood += same(written(chance, documents), chance.choice(QUERIES))
    assert understood > 400


def test_ordinary_documents_need_no_plain_decoder() -> None:
    items = [
        {
            "message": json.dumps({"message": f"line {i}", "level": "warn", "http": {"status_code": 200 + i,
            "url": "/ä\n"},
                                   "dd.trace_id": str(2**62 + i), "dd": {"span_id": "9"}, "took": 1.25 * i,
                                   "tags": ["a", i]}),
            "timestamp": 1764470929123 + i, "service": "shop", "hostname": "web", "ddsource": "x",
            "ddtags": "env:prod",
            "status": "info",
        }
        for i in range(20)
    ]  # fmt: skip
    body = orjson.dumps(items)
    assert same(body)
    columns = fast_path.decode(body, {}, NOW, PATHS)
    assert columns is not None
    assert columns.dated
    assert not columns.entries
    assert columns.sources == {"x"}


def test_each_kind_of_oddness_alone() -> None:
    bodies = [
        b"[]", b" [ ] ", b"[{}]", b'[{},{"message":"a"},"",{"message":"b"},3,null,["x"],"text"]',
        b'[{"a":1,"a":2}]',
        b'[{"a":{"b":1},"a":{"c":2}}]', b'[{"a.b":1,"a":2}]', b'[{"a":1,"a.b":2}]',
        b'[{"a":{"b":1},"a.b":2}]',
        b'[{"a":{},"a.b":2}]', b'[{"a":{"":1},"a.":2}]', b'[{"\\u006dessage":"a"}]',
        b'[{"message":"\\ud83d\\ude00"}]',
        b'[{"message":"\\u007b\\"a\\":1}"}]',
        b'[{"a":"\\u0074rue","b":"tru\\u0065","c":"\\"","d":"1\\n","e":"x\\n"}]',
        b'[{"a":-0,"b":1E5,"c":0.10,"d":1.0e1,"e":123456789012345678901,"f":0.30000000000000004}]',
        b'[{"http":[{"status_code":1}],"usr":{"id":""},"error":{"kind":[1]}}]',
        b'[{"host":1,"hostname":"x","service":""}]',
        b'[{"timestamp":"never"}]', b'[{"status":""}]',
        b'[{"timestamp":1,"message":"{\\"timestamp\\":\\"2026-11-30T02:48:49Z\\"}"}]',
        b'[{"a.x":1,"message":"{\\"a\\":{\\"y\\":2}}"}]',
        b'[{"a":{"x":1},"message":"{\\"a\\":{\\"y\\":2}}"}]',
        b'[{"trace_id":12345678901234567890123456789012,"span_id":1}]', b'[{"trace_id":1e5}]',
        b'[{"trace_id":-5}]',
        b'[{"trace_id":"ffffffffffffffffffffffffffffffff","span_id":"18446744073709551615"}]',
        b'[{"span_id":"5","message":"x dd.trace_id=7 dd.span_id=9"}]', b'[{"span_id":"5","message":"none"}]',
        b'[{"a":' * 12 + b"1" + b"}]" * 12, b'[{"a":' + b'{"b":' * 30 + b"1" + b"}" * 30 + b"}]",
        b'[{"' + b".".join([b"k"] * 15) + b'":1}]', b'[{"' + b"k" * 600 + b'":1}]',
    ]  # fmt: skip
    for body in bodies:
        assert same(body) or isinstance(plain(body, {}), str | list)


@pytest.mark.parametrize(
    "body",
    [
        b"", b"[", b"[{]", b'[{"a"}]', b'[{"a":}]', b'[{"a":1,}]', b'[{"a":1}', b'[{"a":1}]]',
        b'[{"a":1},]', b'[{"a":01}]',
        b'[{"a":1.}]', b'[{"a":.5}]', b'[{"a":+1}]', b'[{"a":1e}]', b'[{"a":tru}]', b'[{"a":nulll}]',
        b'[{"a":"\n"}]',
        b'[{"a":"\\x"}]', b'[{"a":"\\u12"}]', b'[{"a":"\\ud800"}]', b'[{"a":"\\udc00"}]',
        b'[{"a":"\\ud800\\u0041"}]',
        b'[{"a":"\xff"}]', b'[{"a":"\xed\xa0\x80"}]', b'[{"a":NaN}]', b'[{"a":[1,]}]', b'[{"a":[1}]}]',
        b'[{"a":{"b":[}}]',
        b'[{"a":1e999}]', b"{}", b'{"a":1}', b'{"a":1}\n{"b":2}', b"text", b"[1 2]", b'[{"a" 1}]', b"\x00",
        b'["a"',
    ],
)  # fmt: skip
def test_what_is_not_strict_json_is_read_plainly(body: bytes) -> None:
    assert not same(body)


def test_garbage() -> None:
    """A good body with bytes changed, cut or moved."""
    for seed in range(800):
        chance = random.Random(seed)
        body = bytearray(written(chance, [document(chance) for _ in range(2)]))
        for _ in range(chance.randrange(1, 4)):
            at = chance.randrange(len(body))
            change = chance.randrange(3)
            if change == 0:
                body[at] = chance.choice(b'"\\{}[]:,0e-. \n\x00\xffu')
            elif change == 1:
                del body[at : at + chance.randrange(1, 5)]
            else:
                body[at:at] = body[at // 2 : at // 2 + 3]
            if not body:
                break
        same(bytes(body))


def test_numbers_keep_their_text() -> None:
    chance = random.Random(1)
    numbers = [chance.uniform(-1, 1) * 10 ** chance.randrange(-12, 20) for _ in range(1000)]
    numbers += [round(one, chance.randrange(8)) for one in numbers]
    numbers += [chance.randrange(-(10**20), 10**20) // 10 ** chance.randrange(20) for _ in range(1000)]
    texts = [repr(one) for one in numbers] + [f"{one:.6f}" for one in numbers]
    body = "[" + ",".join(f'{{"message":"n","n":{text}}}' for text in texts) + "]"
    assert same(body.encode())


def test_times() -> None:
    chance = random.Random(2)
    texts = []
    for _ in range(1000):
        part = [chance.randrange(1960, 2270), chance.randrange(14), chance.randrange(33),
        chance.randrange(25), chance.randrange(61),
                chance.randrange(61)]  # fmt: skip
        fraction = chance.choice(("", ".5", ",123", ".123456789", ".12345678901", "."))
        zone = chance.choice(("", "Z", "+01:00", "-0330", "+25:00", " +01:00", "+01", "z"))
        texts.append(
            "{:04d}-{:02d}-{:02d}{}{:02d}:{:02d}:{:02d}".format(*part[:3], chance.choice("T "), *part[3:])
            + fraction
            + zone
        )
    texts += [str(chance.randrange(10 ** chance.randrange(1, 21))) for _ in range(500)]
    assert same(orjson.dumps([{"message": "t", "@timestamp": text} for text in texts]))
    assert same(orjson.dumps([{"message": "t", "timestamp": text} for text in texts]))


def test_sources_whose_logs_are_needed_as_entries() -> None:
    body = orjson.dumps([{"message": f"{i}", "ddsource": ("nginx", "other")[i % 2]} for i in range(6)])
    columns = fast_path.decode(body, {}, NOW, PATHS, lambda source: source == "nginx")
    assert columns is not None
    assert [(place, entry.message) for place, entry in columns.entries] == [(0, "0"), (2, "2"), (4, "4")]
    assert columns.places.tolist() == [1, 3, 5]
    assert columns.texts["message"].to_pylist() == ["1", "3", "5"]
    assert columns.sources == {"nginx", "other"}


def test_errors_are_entries() -> None:
    body = orjson.dumps(
        [{"message": "a", "status": "error", "error": {"kind": "E"}}, {"message": "b", "status": "error"}]
    )
    columns = fast_path.decode(body, {}, NOW, PATHS)
    assert columns is not None
    assert [place for place, _ in columns.entries] == [0]


def test_too_many() -> None:
    body = b"[" + b",".join([b'{"m":1}'] * (MAX_LOGS + 1)) + b"]"
    assert fast_path.decode(body, {}, NOW, PATHS) is None
    with pytest.raises(LimitExceeded):
        fast_path.decode(b"[" + b"{}," * 1_000_001 + b"{}]", {}, NOW, PATHS)


def test_many_keys_and_long_ones_are_bounded() -> None:
    body = orjson.dumps([{f"key{i}.{j}": i for j in range(9)} for i in range(1000)])
    assert fast_path.decode(body, {}, NOW, PATHS) is None
    assert same(orjson.dumps([{f"k{i}": i for i in range(2000)}, {"k1": 2}]))
