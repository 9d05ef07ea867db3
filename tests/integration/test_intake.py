"""The intake with bytes as clients write them: every format, every encoding, and what must be refused."""

from __future__ import annotations

import gzip
import io
import json
import time
import urllib.error
import urllib.request
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import zstandard

from heeler.store.engine import Engine
from heeler.wire import protobuf as pb
from tests.conftest import RunningServer, start_server

Store = Callable[[str], list[tuple[Any, ...]]]


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    running = start_server(tmp_path_factory.mktemp("intake"), HEELER_MAX_INFLATED=str(8 * 2**20))
    yield running
    running.process.kill()


def post(
    server: RunningServer, path: str, body: bytes, headers: dict[str, str] | None = None, method: str = "POST"
) -> tuple[int, bytes]:
    request = urllib.request.Request(
        server.url + path, body, {"DD-API-KEY": server.api_key, **(headers or {})}, method=method
    )
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


def post_json(server: RunningServer, path: str, document: Any, **headers: str) -> tuple[int, Any]:
    status, body = post(server, path, json.dumps(document).encode(), headers)
    return status, json.loads(body)


def rss(server: RunningServer) -> int:
    lines = Path(f"/proc/{server.process.pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) * 1024


def stored(server: RunningServer, sql: str) -> list[tuple[Any, ...]]:
    """What the store holds after a clean end of the server, which is started again on the same port."""
    port = int(server.url.rpartition(":")[2])
    assert server.stop() == 0, server.log
    engine = Engine(server.store)
    try:
        rows = [tuple(row) for row in engine.rows_sync(sql)]
    finally:
        engine.close()
    server.process = start_server(server.data_dir.parent, port).process
    return rows


def proto_series(metric: str, at: int, value: float) -> bytes:
    point = pb.put_double(1, value) + pb.put_int(2, at)
    places = pb.put_bytes(1, b"host") + pb.put_bytes(2, b"h1")
    return pb.put_bytes(
        1,
        pb.put_bytes(1, places)
        + pb.put_bytes(2, metric.encode())
        + pb.put_bytes(3, b"Env:Prod")
        + pb.put_bytes(4, point)
        + pb.put_int(5, 2)
        + pb.put_int(8, 15),
    )


ENCODERS: dict[str, Callable[[bytes], bytes]] = {
    "identity": bytes,
    "gzip": gzip.compress,
    "deflate": zlib.compress,
    "zstd": zstandard.compress,
    "zstd1": lambda body: zstandard.ZstdCompressor(write_content_size=False).compress(body),
}


def test_every_format_reaches_the_store(own: RunningServer) -> None:
    now = int(time.time())
    for encoding, encode in ENCODERS.items():
        v1 = {
            "metric": f"v1.{encoding}",
            "points": [[now, 1.5]],
            "host": "h1",
            "tags": ["Env:Prod", "a"],
            "type": "rate",
        }
        v2 = {
            "metric": f"v2.{encoding}",
            "type": 3,
            "points": [{"timestamp": now, "value": 2.5}],
            "tags": ["env:prod"],
            "resources": [{"type": "host", "name": "h1"}, {"type": "device", "name": "sda"}],
        }
        head = {"Content-Encoding": encoding, "Content-Type": "application/json"}
        status, body = post(own, "/api/v1/series", encode(json.dumps({"series": [v1]}).encode()), head)
        assert (status, json.loads(body)) == (202, {"status": "ok"})
        status, body = post(own, "/api/v2/series", encode(json.dumps({"series": [v2]}).encode()), head)
        assert (status, json.loads(body)) == (202, {"errors": []})
        proto = {"Content-Encoding": encoding, "Content-Type": "application/x-protobuf"}
        status, body = post(own, "/api/v2/series", encode(proto_series(f"pb.{encoding}", now, 3.5)), proto)
        assert (status, json.loads(body)) == (202, {"errors": []})
    distribution = {"metric": "dist.x", "points": [[now, [1, 2, 3]]], "host": "h1", "tags": []}
    assert post_json(own, "/api/v1/distribution_points", {"series": [distribution]})[0] == 202
    sketch = pb.put_bytes(
        7,
        b"".join(
            [
                pb.put_int(1, now),
                pb.put_int(2, 3),
                pb.put_double(3, 1),
                pb.put_double(4, 2),
                pb.put_double(6, 5),
                pb.put_bytes(7, pb.put_varint(1338 * 2) + pb.put_varint(1383 * 2)),
                pb.put_bytes(8, b"\x01\x02"),
            ]
        ),
    )
    body = pb.put_bytes(1, pb.put_bytes(1, b"sketch.x") + pb.put_bytes(2, b"h1") + sketch) + pb.put_bytes(
        2, b""
    )
    for _ in range(2):  # a retry replaces
        assert post(own, "/api/beta/sketches", body, {"Content-Type": "application/x-protobuf"})[0] == 202

    names = "WHERE match(metric, '^(v1|v2|pb)[.]')"
    join = "points AS p FINAL JOIN series AS s FINAL ON p.series = s.series"
    rows = stored(own, f"SELECT p.metric, value, type, host, tags FROM {join} {names} ORDER BY 1")
    assert len(rows) == 15
    assert rows[0] == ("pb.deflate", 3.5, "rate", "h1", ["env:prod"])
    assert rows[5] == ("v1.deflate", 1.5, "rate", "h1", ["a", "env:prod"])
    assert rows[10] == ("v2.deflate", 2.5, "gauge", "h1", ["device:sda", "env:prod"])
    rows = stored(
        own, "SELECT metric, count, sum, min, max, keys, counts FROM sketches FINAL ORDER BY metric"
    )
    assert rows == [
        ("dist.x", 3, 6.0, 1.0, 3.0, [1338, 1383, 1409], [1, 1, 1]),
        ("sketch.x", 3, 5.0, 1.0, 2.0, [1338, 1383], [1, 2]),
    ]


def test_good_series_survive_bad_ones(own: RunningServer) -> None:
    now = int(time.time())
    good = {"metric": "survivor", "points": [[now, 1]]}
    bad = [
        {"metric": "", "points": [[now, 1]]},
        {"metric": "x", "points": [["?", 1]]},
        5,
        {"metric": "f", "points": [[now + 4000, 1]]},
    ]
    status, answer = post_json(own, "/api/v1/series", {"series": [*bad, good]})
    assert status == 202
    assert len(answer["errors"]) == 4
    assert "series[1]" in answer["errors"][1]
    nan = b'{"series": [{"metric": "survivor", "points": [[%d, NaN], [%d, 2]]}]}' % (now + 1, now + 2)
    status, body = post(own, "/api/v1/series", nan)
    assert status == 202
    assert "NaN" in json.loads(body)["errors"][0]
    assert stored(own, "SELECT value FROM points FINAL WHERE metric = 'survivor' ORDER BY time") == [
        (1.0,),
        (2.0,),
    ]


def test_intake_takes_hosts_tags_events_and_checks(own: RunningServer) -> None:
    now = int(time.time())
    v5 = {
        "apiKey": "secret",
        "internalHostname": "box",
        "meta": {"hostname": "box"},
        "gohai": "{}",
        "agentVersion": "7",
        "systemStats": {},
        "host-tags": {"system": ["Role:DB", "env:x"]},
    }
    events = {
        "internalHostname": "box",
        "events": {"chef": [{"msg_title": "ran", "msg_text": "ok", "timestamp": now}]},
    }
    assert post_json(own, "/intake/?api_key=" + own.api_key, v5)[0] == 202
    for _ in range(2):
        assert post_json(own, "/intake/", events)[0] == 202
    assert post_json(own, "/intake/", {"external_host_tags": [["vm1", {"vsphere": ["a:b"]}]]})[0] == 202
    inventory = {"hostname": "box", "timestamp": 1, "agent_metadata": {"flavor": "agent"}}
    assert post_json(own, "/api/v1/metadata", inventory)[0] == 202
    run = {
        "check": "app.ok",
        "host_name": "box",
        "status": 2,
        "message": "down",
        "tags": ["a:b"],
        "timestamp": now,
    }
    assert post_json(own, "/api/v1/check_run", run) == (202, {"status": "ok"})
    assert post_json(own, "/api/v1/check_run", [run, {**run, "status": 9}])[0] == 202
    assert stored(own, "SELECT host, source, tags FROM host_tags FINAL ORDER BY host") == [
        ("box", "system", ["env:x", "role:db"]),
        ("vm1", "vsphere", ["a:b"]),
    ]
    assert stored(own, "SELECT title, source, host FROM events FINAL") == [("ran", "chef", "box")]
    rows = stored(own, "SELECT kind, payload FROM host_metadata FINAL ORDER BY kind")
    assert [kind for kind, _ in rows] == ["agent_metadata", "v5"]
    assert "secret" not in rows[1][1]
    assert stored(own, "SELECT check, status FROM check_runs FINAL") == [("app.ok", 2)]


class Bomb(NamedTuple):
    """A body that is small until it is unpacked; packed when it is needed, not when tests are collected."""

    compress: Callable[[bytes], bytes]

    def pack(self) -> bytes:
        return self.compress(b" " * 3 * 10**8)


@pytest.mark.parametrize(
    ("path", "body", "headers", "status"),
    [
        ("/api/v1/series", b"", {}, 400),
        ("/api/v1/series", b"\x00\xff garbage", {}, 400),
        ("/api/v1/series", b'{"series": [{"metric": "x", "poi', {}, 400),
        ("/api/v1/series", b"[]", {}, 400),
        ("/api/v1/series", b"[" * 200_000, {}, 400),
        ("/api/v1/series", b"{}", {"Content-Encoding": "br"}, 400),
        ("/api/v1/series", gzip.compress(b'{"series": []}', mtime=0)[:-6], {"Content-Encoding": "gzip"}, 400),
        ("/api/v1/series", b"junk", {"Content-Encoding": "zstd"}, 400),
        ("/api/v2/series", b"\x0a\xff\xff\xff\xff\x7f", {"Content-Type": "application/x-protobuf"}, 400),
        ("/api/beta/sketches", b"\x0a\x05ab", {}, 400),
        ("/api/v1/check_run", b"\xfe", {}, 400),
        ("/intake/", b"[1]", {}, 400),
        ("/api/v1/series", b"{}", {"DD-API-KEY": "nobody"}, 403),
        ("/api/v1/series", b" " * (17 * 2**20), {}, 413),
        ("/api/v1/series", Bomb(gzip.compress), {"Content-Encoding": "gzip"}, 413),
        ("/api/v1/series", Bomb(zlib.compress), {"Content-Encoding": "deflate"}, 413),
        ("/api/v1/series", Bomb(zstandard.compress), {"Content-Encoding": "zstd"}, 413),
        ("/api/v1/series", b"", {"Content-Length": "99999999999"}, 413),
    ],
)
def test_bad_bodies_are_refused_with_a_reason_and_no_memory(
    own: RunningServer, path: str, body: bytes | Bomb, headers: dict[str, str], status: int
) -> None:
    body = body.pack() if isinstance(body, Bomb) else body
    before = rss(own)
    try:
        got, answer = post(own, path, body, headers)
    except (urllib.error.URLError, ConnectionError):  # refused before all of it was read
        assert status == 413
    else:
        assert got == status
        assert json.loads(answer)["errors"][0]
    assert rss(own) - before < 128 * 2**20  # background work moves it too; a bomb is 300 MB


def test_deliveries_that_are_not_stored_are_refused(own: RunningServer) -> None:
    assert post(own, "/api/v2/dbmmetrics", b"[]")[0] == 404
    assert post(own, "/api/v2/dbmmetrics", b"[]", {"DD-API-KEY": "nobody"})[0] == 403
    assert post(own, "/api/v2/dbmmetrics", b"[]", {"DD-APPLICATION-KEY": own.app_key})[0] == 404
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(urllib.request.Request(own.url + "/api/v2/dbmmetrics", headers=own.headers))
    assert caught.value.code == 404


def test_process_agents_and_flares_get_the_answers_they_need(own: RunningServer) -> None:
    status, frame = post(own, "/api/v1/discovery", b"\x03\x04\x0c\x00")
    assert (status, frame[0], frame[1], frame[2], len(frame) > 16) == (200, 3, 0, 23, True)
    assert post(own, "/support/flare", b"", method="HEAD")[0] == 200
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as bundle:
        bundle.writestr("status.log", "all is well")
    parts = [
        b'Content-Disposition: form-data; name="email"\r\n\r\na@b.c',
        b'Content-Disposition: form-data; name="flare_file"; filename="f.zip"\r\n'
        b"Content-Type: application/octet-stream\r\n\r\n" + packed.getvalue(),
    ]
    form = b"".join(b"--XX\r\n" + part + b"\r\n" for part in parts) + b"--XX--\r\n"
    status, body = post(own, "/support/flare/7", form, {"Content-Type": "multipart/form-data; boundary=XX"})
    assert status == 200, body
    kept = own.data_dir / "flares" / f"{json.loads(body)['case_id']}.zip"
    assert zipfile.ZipFile(kept).read("status.log") == b"all is well"
