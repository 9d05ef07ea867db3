"""The Redis check against a real server."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import redis
from redis.backoff import ConstantBackoff
from redis.retry import Retry

from heeler.agent.checks.redisdb import RedisCheck
from tests.conftest import free_port
from tests.unit.agent.checks.recorded import Recorded, recorded


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    if not shutil.which("redis-server"):
        pytest.skip("no redis-server here")
    number, folder = free_port(), tmp_path_factory.mktemp("redis")
    command = ["redis-server", "--port", str(number), "--save", "", "--dir", str(folder)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        with redis.Redis(port=number, retry=Retry(ConstantBackoff(0.05), 200)) as client:
            client.lpush("queue", "a", "b")
            client.sadd("members", "a")
            client.set("text", "a")
            client.acl_setuser(
                "reader",
                enabled=True,
                nopass=True,
                keys=["queue"],
                commands=["+info", "+type", "+llen", "+select"],
            )
        yield number
        process.terminate()
        process.wait(60)


def checked(instance: dict[str, Any]) -> tuple[RedisCheck, Recorded]:
    check = RedisCheck("redisdb", {}, [{"host": "127.0.0.1", **instance}])
    found = recorded(check)
    check.check(check.instance)
    return check, found


def lengths(found: Recorded) -> int:
    return sum(any(tag.startswith("key:") for tag in tags) for tags in found.tags)


def test_lengths_by_type_and_of_a_key_that_is_absent(port: int) -> None:
    for key, kind, length in (
        ("queue", "list", 2),
        ("members", "set", 1),
        ("text", "string", 1),
        ("no", "none", 0),
    ):
        _, found = checked({"port": port, "keys": [key]})
        assert found.values["redis.key.length"] == length
        assert [f"key:{key}", f"key_type:{kind}"] == found.tags[-1][-2:]


def test_one_key_may_be_text_and_numbers_text(port: int) -> None:
    _, found = checked({"port": str(port), "keys": "queue", "db": None, "socket_timeout": None})
    assert found.values["redis.key.length"] == 2
    assert lengths(found) == 1


def test_a_key_that_may_not_be_read_leaves_the_others(port: int) -> None:
    keys = ["members", "queue", 7]
    _, found = checked({"port": port, "username": "reader", "password": "x", "keys": keys})
    assert found.values["redis.key.length"] == 2
    assert lengths(found) == 1
    assert len(found.warnings) == 2
    assert "members" in found.warnings[0]
    assert found.statuses == [("redis.can_connect", 0, "")]


def test_databases_have_shares_of_keys_that_expire(port: int) -> None:
    with redis.Redis(port=port, db=3) as client:
        client.set("a", 1)
        client.set("b", 1, ex=1000)
    _, found = checked({"port": port, "db": 3})
    assert found.values["redis.expires.percent"] == found.values["redis.persist.percent"] == 50
    assert "redis_db:db3" in found.tags[-1]


def test_a_server_that_was_away_is_asked_again(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    check, found = checked({"port": port})
    monkeypatch.setattr(redis.Redis, "info", lambda *_: (_ for _ in ()).throw(redis.TimeoutError("away")))
    with pytest.raises(ConnectionError, match=f"redis_port:{port}"):
        check.check(check.instance)
    monkeypatch.undo()
    check.check(check.instance)
    check.cancel()
    check.check(check.instance)
    assert [status for _, status, _ in found.statuses] == [0, 2, 0, 0]


@pytest.mark.parametrize("place", [{"port": 1}, {"unix_socket_path": "/nonexistent/redis.sock"}])
def test_a_server_that_is_away_is_critical(place: dict[str, Any], tmp_path: Path) -> None:
    check = RedisCheck("redisdb", {}, [{"host": "127.0.0.1", "tags": ["a:b"], **place}])
    found = recorded(check)
    with pytest.raises(ConnectionError):
        check.check(check.instance)
    assert [status for _, status, _ in found.statuses] == [2]
    assert found.values == {}


INFO = {
    "role": "slave",
    "db0": {"keys": 0, "expires": 0},
    "db1": "x",
    "dbx": {},
    "db2": {"keys": 2},
    "used_memory": "much",
    "cmdstat_get": "x",
    "cmdstat_set": {"calls": 1, "usec_per_call": 2.0},
}


def test_information_that_is_not_as_usual_is_left_out(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(redis.Redis, "info", lambda *_: dict(INFO))
    _, found = checked({"port": port, "command_stats": True})
    assert "redis.mem.used" not in found.values
    assert found.values["redis.expires.percent"] == 0
    assert found.values["redis.command.calls"] == 1
    assert "redis_role:slave" in found.tags[-1]
