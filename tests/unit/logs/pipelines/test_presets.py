"""Ready pipelines on lines as the programs write them."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from heeler.logs.matcher import attribute_values
from heeler.logs.pipelines.pipeline import compile_pipeline, process
from heeler.logs.pipelines.presets import BY_SOURCE, PRESETS
from heeler.logs.pipelines.processors import Surroundings
from heeler.wire.logs.datadog import entry_of

NOW_NS = int(datetime(2026, 11, 30, 12, tzinfo=UTC).timestamp()) * 10**9
AT = "2026-11-30T10:00:01"
TRACE = "6b049d8400000000ba81457cec6fd5a6"

#: Source, line, status, attributes (None: whatever), date where the line has one.
LINES: list[tuple[str, Any, str, dict[str, Any], str]] = [
    (
        "nginx",
        '10.0.0.9 - ann [30/Nov/2026:10:00:01 +0000] "GET /a/b?x=1 HTTP/1.1" 404 12 "https://x/" "Mozilla/5.0 (X11; '
        'Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"',
        "warn",
        {
            "network.client.ip": "10.0.0.9", "http.auth": "ann", "http.method": "GET", "http.status_code": 404,
            "http.url_details.path": "/a/b", "http.url_details.queryString.x": "1", "http.version": "1.1",
            "http.useragent_details.browser.family": "Firefox", "http.useragent_details.os.family": "Linux",
            "network.bytes_written": 12, "http.referer": "https://x/",
        },
        AT,
    ),
    (
        "nginx",
        '2026/11/30 10:00:01 [error] 7#9: *5 open() "/x" failed (2: No such file), client: 10.0.0.9, server: a.example, '
        'request: "GET /x HTTP/1.1", host: "a.example"',
        "error",
        {"process.pid": 7, "connection": 5, "network.client.ip": "10.0.0.9", "http.method": "GET"},
        AT,
    ),
    (
        "apache",
        '::1 - - [30/Nov/2026:10:00:01 +0000] "POST /login HTTP/1.1" 500 -',
        "error",
        {"network.client.ip": "::1", "http.method": "POST", "http.status_code": 500},
        AT,
    ),
    (
        "apache",
        "[Mon Nov 30 10:00:01.250000 2026] [core:warn] [pid 12:tid 34] [client 10.0.0.9:555] AH00094: no such thing",
        "warn",
        {"apache.module": "core", "process.pid": 12, "network.client.ip": "10.0.0.9"},
        "2026-11-30T10:00:01.250",
    ),
    (
        "postgresql",
        "2026-11-30 10:00:01.000 UTC [77] ann@shop ERROR:  relation \"x\" does not exist",
        "error",
        {"process.pid": 77, "db.user": "ann", "db.name": "shop", "msg": 'relation "x" does not exist'},
        AT,
    ),
    (
        "postgresql",
        "2026-11-30 10:00:01.000 UTC [77] LOG:  duration: 12.5 ms  statement: SELECT 1",
        "info",
        {"duration": 12_500_000, "db.statement": "SELECT 1"},
        AT,
    ),
    (
        "mysql",
        "2026-11-30T10:00:01.000000Z 3 [Warning] [MY-010055] [Server] IP address could not be resolved",
        "warn",
        {"db.thread": 3, "error.code": "MY-010055"},
        AT,
    ),
    ("redis", "12:M 30 Nov 2026 10:00:01.000 # Can't save in background: fork", "warn", {"redis.role": "M"}, AT),
    ("redis", "12:M 30 Nov 2026 10:00:01.000 * Ready to accept connections", "notice", {}, AT),
    (
        "mongodb",
        {"t": {"$date": f"{AT}.000+00:00"}, "s": "W", "c": "NETWORK", "id": 5, "msg": "slow"},
        "warn",
        {"c": "NETWORK"},
        AT,
    ),
    (
        "python",
        f"2026-11-30 10:00:01,000 ERROR [shop.pay] [pay.py:7] [dd.service=shop dd.env=prod dd.version=1 "
        f"dd.trace_id={TRACE} dd.span_id=5] - failed",
        "error",
        {"logger.name": "shop.pay", "filename": "pay.py", "lineno": 7, "dd.span_id": "5"},
        AT,
    ),
    (
        "python",
        'ERROR:shop.pay:failed\nTraceback (most recent call last):\n  File "a.py", line 3, in f\nshop.NoFunds: 7 < 9',
        "error",
        {"logger.name": "shop.pay"},
        "",
    ),
    (
        "python",
        'it failed\nTraceback (most recent call last):\n  File "a.py", line 3, in f\nValueError: no funds',
        "info",
        {"error.kind": "ValueError", "error.message": "no funds"},
        "",
    ),
    (
        "java",
        "2026-11-30 10:00:01.000 [main] WARN  com.example.Shop - slow",
        "warn",
        {"logger.name": "com.example.Shop", "logger.thread_name": "main", "msg": "slow"},
        AT,
    ),
    (
        "java",
        "2026-11-30T10:00:01.000Z ERROR 1 --- [           main] c.e.Shop   : failed\njava.lang.IllegalStateException: no\n"
        "\tat com.example.Shop.pay(Shop.java:7)",
        "error",
        {"logger.name": "c.e.Shop", "error.kind": "java.lang.IllegalStateException", "error.message": "no"},
        AT,
    ),
    ("kafka", "[2026-11-30 10:00:01,000] INFO [Broker 1] started (kafka.Server)", "info", {"logger.name": "kafka.Server"}, AT),
    ("nodejs", {"level": 50, "time": NOW_NS // 10**6, "pid": 3, "msg": "failed"}, "error", {"pid": 3}, "2026-11-30T12:00:00"),
    ("nodejs", "2026-11-30T10:00:01.000Z [warn]: slow", "warn", {"msg": "slow"}, AT),
    ("go", "2026/11/30 10:00:01 main.go:7: started", "info", {"filename": "main.go", "lineno": 7, "msg": "started"}, AT),
    ("go", f'time={AT}Z level=ERROR msg="it failed" user=ann n=3', "error", {"msg": "it failed", "user": "ann", "n": 3}, AT),
    ("go", "W1130 10:00:01.000000 12 main.go:7] slow", "warn", {"process.pid": 12}, AT),
    (
        "ruby",
        "E, [2026-11-30T10:00:01.000000 #12] ERROR -- shop: failed",
        "error",
        {"process.pid": 12, "logger.name": "shop", "msg": "failed"},
        AT,
    ),
    (
        "syslog",
        "Nov 30 10:00:01 web-1 sshd[77]: Failed password for root",
        "info",
        {"syslog.appname": "sshd", "syslog.procid": 77, "msg": "Failed password for root"},
        AT,
    ),
    (
        "syslog",
        "<165>1 2026-11-30T10:00:01.000Z web-1 shop 77 ID47 - it works",
        "info",
        {"syslog.hostname": "web-1", "syslog.msgid": "ID47", "syslog.prival": 165},
        AT,
    ),
    ("docker", f'time="{AT}Z" level=warning msg="no swap limit" module=x', "warn", {"module": "x"}, AT),
    ("kubernetes", 'E1130 10:00:01.000000    12 kubelet.go:7] "failed" err="x"', "error", {"logger.name": "kubelet.go"}, AT),
]  # fmt: skip


@pytest.mark.parametrize(("source", "line", "status", "attributes", "date"), LINES)
def test_lines_of_common_sources(
    source: str, line: Any, status: str, attributes: dict[str, Any], date: str
) -> None:
    document = {"message": line if isinstance(line, str) else json.dumps(line), "ddsource": source}
    entry = entry_of(document, {}, NOW_NS)
    pipeline = compile_pipeline(PRESETS[BY_SOURCE[source]], Surroundings())
    report = process([pipeline], entry)
    assert report.failures == []
    found = {path: next(attribute_values(entry.attributes, path), None) for path in attributes}
    assert found == attributes
    assert entry.status == status
    if date:
        moment = datetime.fromisoformat(date).replace(tzinfo=UTC)
        assert entry.time == round(moment.timestamp() * 1000) * 10**6


@pytest.mark.parametrize("preset", list(PRESETS))
def test_other_lines_are_left_as_they_are(preset: str) -> None:
    source = next(name for name, one in BY_SOURCE.items() if one == preset)
    entry = entry_of({"message": "something else altogether", "ddsource": source}, {}, NOW_NS)
    before = entry_of({"message": "something else altogether", "ddsource": source}, {}, NOW_NS)
    process([compile_pipeline(PRESETS[preset], Surroundings())], entry)
    assert (entry.message, entry.status, entry.time) == (before.message, before.status, before.time)
