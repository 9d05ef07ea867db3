"""Built-in checks against real servers: PostgreSQL, Redis, MongoDB's protocol, an HTTP server.

MongoDB: ``HEELER_TEST_MONGODB`` (host:port) where set, else a ``mongod`` on the PATH, else FerretDB, which
``tools/ferretdb.sh`` builds. Fields that FerretDB's ``serverStatus`` lacks come from replies written by hand
(``tests/mongo_server.py``).
"""

from __future__ import annotations

import json
import os
import pwd
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pymongo
import pytest
import yaml

from tests.conftest import free_port
from tests.mongo_server import MongoServer
from tests.mongodb import Mongo, NoMongoDB, live_mongo
from tests.processes import Child


class Result:
    def __init__(self, document: dict[str, Any]) -> None:
        aggregator = document["aggregator"]
        self.metrics: dict[str, list[dict[str, Any]]] = {}
        for one in aggregator["metrics"]:
            self.metrics.setdefault(one["metric"], []).append(one)
        self.checks = {one["check"]: one for one in aggregator["service_checks"]}
        self.error = (document["runner"]["LastError"] or {}).get("message", "")
        self.metadata = document["inventories"]

    def value(self, metric: str) -> float:
        return float(self.metrics[metric][-1]["points"][-1][1])


def run(folder: Path, name: str, instance: dict[str, Any], rate: bool = True) -> Result:
    (folder / "conf.d" / f"{name}.d").mkdir(parents=True, exist_ok=True)
    (folder / "conf.d" / f"{name}.d" / "conf.yaml").write_text(yaml.safe_dump({"instances": [instance]}))
    arguments = ["--check-rate"] if rate else []
    done = subprocess.run(
        [sys.executable, "-m", "heeler", "agent", "-c", str(folder), "check", name, "--json", *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return Result(json.loads(done.stdout)[0])


def wait_for_port(port: int) -> None:
    deadline = time.monotonic() + 20
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            assert time.monotonic() < deadline, f"nothing listens on {port}"
            time.sleep(0.1)
        else:
            return


@pytest.fixture
def redis_port(tmp_path: Path) -> Iterator[int]:
    if not shutil.which("redis-server"):
        pytest.skip("no redis-server here")
    port = free_port()
    process = Child(
        ["redis-server", "--port", str(port), "--save", "", "--dir", str(tmp_path)], stdout=subprocess.DEVNULL
    )
    wait_for_port(port)
    yield port
    process.terminate()
    process.wait(60)


def _postgres_binaries() -> Path | None:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    return found[-1].parent if found else None


@pytest.fixture
def postgres_port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    binaries = _postgres_binaries()
    if binaries is None:
        pytest.skip("no PostgreSQL server here")
    import tempfile

    port = free_port()
    # PostgreSQL refuses to run as root; somebody else must be able to reach its folder.
    user: list[str] = []
    home = Path(tempfile.mkdtemp(prefix="heeler-pg-"))
    if os.geteuid() == 0:
        user = ["runuser", "-u", "nobody", "--"]
        os.chown(home, pwd.getpwnam("nobody").pw_uid, -1)
    data = str(home / "data")
    subprocess.run(
        [*user, str(binaries / "initdb"), "-D", data, "-A", "trust", "-U", "datadog", "-N"],
        check=True,
        capture_output=True,
        cwd="/",
    )
    options = f"-p {port} -k {home} -c listen_addresses=127.0.0.1 -c fsync=off"
    control = [*user, str(binaries / "pg_ctl"), "-D", data]
    subprocess.run(
        [*control, "-o", options, "-l", str(home / "log"), "-w", "start"],
        check=True,
        capture_output=True,
        cwd="/",
    )
    yield port
    subprocess.run([*control, "-m", "immediate", "stop"], check=True, capture_output=True, cwd="/")
    shutil.rmtree(home, ignore_errors=True)


@pytest.mark.postgres
def test_postgres(tmp_path: Path, postgres_port: int) -> None:
    custom = {
        "query": "SELECT 42, 'x'",
        "columns": [{"name": "my.answer", "type": "gauge"}, {"name": "k", "type": "tag"}],
    }
    result = run(
        tmp_path,
        "postgres",
        {
            "host": "127.0.0.1",
            "port": postgres_port,
            "username": "datadog",
            "tags": ["env:ci"],
            "custom_queries": [custom],
        },
    )
    assert result.error == ""
    assert result.checks["postgres.can_connect"]["status"] == 0
    assert result.value("postgresql.max_connections") == 100
    assert result.value("my.answer") == 42
    assert "k:x" in result.metrics["my.answer"][0]["tags"]
    commits = result.metrics["postgresql.commits"][0]
    assert commits["type"] == "gauge"
    assert commits["points"][0][1] > 0
    assert {"db:postgres", "env:ci", f"port:{postgres_port}"} <= set(commits["tags"])
    assert result.metrics["postgresql.bgwriter.buffers_alloc"][0]["type"] == "count"
    assert result.metadata["version.raw"]


def test_postgres_that_is_away_is_named(tmp_path: Path) -> None:
    port = free_port()
    result = run(tmp_path, "postgres", {"host": "127.0.0.1", "port": port, "username": "datadog"}, rate=False)
    assert f"PostgreSQL at 127.0.0.1:{port}" in result.error
    assert result.checks["postgres.can_connect"]["status"] == 2


def test_redis(tmp_path: Path, redis_port: int) -> None:
    subprocess.run(
        ["redis-cli", "-p", str(redis_port), "lpush", "queue", "a", "b"], check=True, capture_output=True
    )
    instance = {"host": "127.0.0.1", "port": redis_port, "keys": ["queue"], "command_stats": True}
    result = run(tmp_path, "redisdb", instance)
    assert result.error == ""
    assert result.checks["redis.can_connect"]["status"] == 0
    assert result.value("redis.net.clients") >= 1
    assert result.value("redis.keys") == 1
    assert result.value("redis.key.length") == 2
    assert result.metrics["redis.net.commands"][0]["type"] == "gauge"
    assert "redis_role:master" in result.metrics["redis.mem.used"][0]["tags"]


def test_redis_that_is_away_is_critical(tmp_path: Path) -> None:
    port = free_port()
    result = run(tmp_path, "redisdb", {"host": "127.0.0.1", "port": port}, rate=False)
    assert result.checks["redis.can_connect"]["status"] == 2
    assert f"redis_port:{port}" in result.error


@pytest.fixture(scope="module")
def mongo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mongo]:
    with ExitStack() as closing:
        try:
            yield live_mongo(tmp_path_factory.mktemp("mongo"), closing)
        except NoMongoDB as reason:
            pytest.skip(str(reason))


def seed_instance(mongo: Mongo, **changes: Any) -> dict[str, Any]:
    """An instance as the exercise has it, with its user where the server knows one."""
    user = {"username": mongo.username, "password": mongo.password, "options": {"authSource": "admin"}}
    return {"hosts": [mongo.address], **(user if mongo.username else {}), **changes}


def test_mongo_with_a_live_server(tmp_path: Path, mongo: Mongo) -> None:
    with pymongo.MongoClient[dict[str, Any]](mongo.url) as client:
        client.museum.visits.insert_many([{"exhibit": number} for number in range(7)])
        assert len(list(client.museum.visits.find({}))) >= 7
    result = run(tmp_path, "mongo", seed_instance(mongo, additional_metrics=["metrics.commands"]))
    assert result.error == ""
    assert result.checks["mongodb.can_connect"]["status"] == 0
    assert result.value("mongodb.uptime") > 0
    assert result.value("mongodb.network.bytesinps") > 0
    assert result.value("mongodb.network.bytesoutps") > result.value("mongodb.network.bytesinps")
    assert result.value("mongodb.opcounters.commandps") > 0
    assert result.value("mongodb.connections.current") >= 1
    assert result.value("mongodb.mem.resident") > 10
    assert "mongodb.metrics.commands.insert.totalps" in result.metrics
    objects = {tag: one for one in result.metrics["mongodb.stats.objects"] for tag in one["tags"]}
    assert objects["db:museum"]["points"][0][1] >= 7
    assert result.value("mongodb.dbs") >= 2


def test_mongo_refuses_a_wrong_password(tmp_path: Path, mongo: Mongo) -> None:
    if not mongo.username:
        pytest.skip("the MongoDB of HEELER_TEST_MONGODB is used without a user")
    result = run(tmp_path, "mongo", seed_instance(mongo, password="wrong"), rate=False)
    check = result.checks["mongodb.can_connect"]
    assert check["status"] == 2
    assert "Authentication failed" in check["message"]
    assert "check username, password and options.authSource" in result.error


def test_every_metric_of_mongo_by_replies_written_by_hand(tmp_path: Path) -> None:
    server = MongoServer()
    try:
        result = run(
            tmp_path,
            "mongo",
            {"hosts": [server.address], "tags": ["role:db"], "additional_metrics": ["metrics.commands"]},
        )
    finally:
        server.close()
    assert result.error == ""
    bytes_in = result.metrics["mongodb.network.bytesinps"][0]
    assert bytes_in["type"] == "gauge"
    assert bytes_in["points"][0][1] > 0
    assert "role:db" in bytes_in["tags"]
    assert result.value("mongodb.connections.available") == 51195
    assert result.value("mongodb.mem.resident") == 143
    assert result.value("mongodb.wiredtiger.cache.bytes_currently_in_cache") == 72213
    assert "mongodb.opcounters.insertps" in result.metrics
    assert "mongodb.metrics.commands.find.totalps" in result.metrics
    assert result.value("mongodb.stats.objects") == 5
    assert result.metadata["version.raw"] == "6.0.14"


def test_mongo_in_the_seeds_form_with_a_wrong_password(tmp_path: Path) -> None:
    server = MongoServer(refuses=True)
    host = server.address
    instance = {
        "hosts": [host],
        "username": "datadog",
        "password": "wrong",
        "options": {"authSource": "admin"},
    }
    try:
        result = run(tmp_path, "mongo", instance, rate=False)
    finally:
        server.close()
    assert result.checks["mongodb.can_connect"]["status"] == 2
    assert f"MongoDB at {host} cannot be queried" in result.error
    assert "username, password" in result.error


@pytest.fixture
def website() -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(404 if self.path == "/gone" else 200)
            self.end_headers()
            self.wfile.write(b"welcome to the museum")

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize(
    ("path", "options", "status", "message"),
    [
        ("/", {}, 0, ""),
        ("/gone", {}, 2, "answered 404"),
        ("/gone", {"http_response_status_code": "404"}, 0, ""),
        ("/", {"content_match": "museum"}, 0, ""),
        ("/", {"content_match": "zoo"}, 2, "does not have 'zoo'"),
        ("/", {"content_match": "museum", "reverse_content_match": True}, 2, "has 'museum'"),
    ],
)
def test_http_check(
    tmp_path: Path, website: str, path: str, options: dict[str, Any], status: int, message: str
) -> None:
    result = run(tmp_path, "http_check", {"name": "Front Page", "url": website + path, **options}, rate=False)
    check = result.checks["http.can_connect"]
    assert check["status"] == status
    assert message in check["message"]
    assert result.value("network.http.can_connect") == (status == 0)
    assert ("network.http.response_time" in result.metrics) == (status == 0)
    assert "instance:front_page" in [tag.lower() for tag in check["tags"]]
