"""What runs and what ran, from the store."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from heeler.processes.counts import counted
from heeler.processes.kinds import CONTAINERS, PROCESSES
from heeler.processes.search import parse
from heeler.processes.series import execute
from heeler.processes.store import Window, keys_of, running, seen
from heeler.query.metrics import window as windows
from heeler.query.metrics.errors import QueryError
from heeler.store.arrow_tables import host_tags_table
from heeler.store.engine import Engine
from heeler.store.process_rows import images_table, snapshot_tables
from heeler.wire.events.intake_payload import HostTags
from heeler.wire.processes.images import Image
from heeler.wire.processes.model import Container, HostSnapshot, Process

NOW = 1_900_000_200
WEB, DB = "proc-web", "proc-db"


def put(engine: Engine, snapshot: HostSnapshot, time: int) -> None:
    for table, rows in snapshot_tables(snapshot, time).items():
        if rows.num_rows:
            engine.insert_sync(table, rows)


@pytest.fixture(scope="module", autouse=True)
def stored(engine: Engine) -> Iterator[None]:
    """Two hosts: on one a process ended before the newest report."""
    for table in ("processes", "containers"):
        engine.execute_sync(f"ALTER TABLE {table} REMOVE TTL")  # of a time that is not now
    for place, time in enumerate(range(NOW - 60, NOW, 10)):
        nginx = Process(
            pid=10,
            ppid=1,
            created=1000,
            name="nginx",
            command="nginx -g daemon",
            user="www",
            cpu=10.0 * place,
            rss=100,
        )
        shell = Process(
            pid=11, ppid=1, created=2000, name="sh", command="sh -c sleep", user="root", cpu=1.0, rss=5
        )
        running_now = [nginx, shell] if time < NOW - 30 else [nginx]
        box = Container(
            id="c" * 64,
            name="web",
            image="team/web:1",
            state="running",
            cpu=5.0,
            rss=50,
            tags=["env:prod", "short_image:web"],
        )
        put(engine, HostSnapshot(WEB, 4, 1000, running_now, [box]), time)
        java = Process(
            pid=10,
            ppid=1,
            created=3000,
            name="java",
            command="java -Dmode:fast kafka",
            user="kafka",
            cpu=80.0,
            rss=900,
            tags=["env:dev"],
        )
        put(engine, HostSnapshot(DB, 2, 1000, [java]), time)
    engine.insert_sync(
        "host_tags", host_tags_table([HostTags(WEB, "system", ["env:prod", "role:front"])], NOW)
    )
    yield
    for table in ("processes", "containers"):
        engine.execute_sync(f"TRUNCATE TABLE {table}")
        engine.execute_sync(f"ALTER TABLE {table} MODIFY TTL time + toIntervalHour(36)")
    engine.insert_sync("host_tags", host_tags_table([HostTags(WEB, "system", ())], NOW + 1))


@pytest.mark.parametrize(
    ("search", "commands"),
    [
        ("", ["java", "nginx"]),
        ("kafka", ["java"]),
        ("NGINX", ["nginx"]),
        ("nginx kafka", ["java", "nginx"]),
        ("nginx AND kafka", []),
        ("-kafka", ["nginx"]),
        ("env:prod", ["nginx"]),
        ("env:*", ["java", "nginx"]),
        ("role:front", ["nginx"]),
        ("mode:fast", ["java"]),
        ('"-Dmode:fast"', ["java"]),
        ('"java*kafka"', []),
        ("java*kafka", ["java"]),
        ("host:proc-*", ["java", "nginx"]),
        ("user:www pid:10", ["nginx"]),
        ("command:java", ["java"]),
        ("100%", []),
    ],
)
async def test_what_runs_now(engine: Engine, search: str, commands: list[str]) -> None:
    found = await running(engine, PROCESSES, parse(search), NOW, sort="rss", limit=10)
    assert [row["name"] for row in found.rows] == commands
    assert found.total == len(commands)


async def test_the_newest_state_and_the_hosts_tags(engine: Engine) -> None:
    (row,) = (await running(engine, PROCESSES, parse("nginx"), NOW, limit=10)).rows
    assert (row["cpu"], row["cores"], row["seen"]) == (50.0, 4, NOW - 10)
    assert row["tags"] == [f"host:{WEB}", "env:prod", "role:front"]


async def test_the_limit_does_not_change_the_total(engine: Engine) -> None:
    found = await running(engine, PROCESSES, parse(""), NOW, sort="pid", descending=False, limit=1)
    assert (len(found.rows), found.total) == (1, 2)


async def test_what_was_seen_in_a_window_page_by_page(engine: Engine) -> None:
    window = Window(NOW - 900, NOW)
    found = await seen(engine, PROCESSES, parse(""), window, None, 2)
    assert [(row["host"], row["name"]) for row in found] == [(DB, "java"), (WEB, "nginx")]
    rest = await seen(
        engine, PROCESSES, parse(""), window, [found[-1][name] for name in PROCESSES.identity], 2
    )
    assert [row["name"] for row in rest] == ["sh"]
    assert await seen(engine, PROCESSES, parse(""), Window(NOW - 900, NOW - 60), None, 2) == []


async def test_counts_by_field_tag_and_host_tag(engine: Engine) -> None:
    window = Window(NOW - 120, NOW + 1)
    found = await counted(engine, PROCESSES, parse(""), ["env"], window)
    assert [(group.values, group.count) for group in found] == [(("prod",), 2), (("dev",), 1)]
    now = await counted(engine, PROCESSES, parse("nginx sh"), ["env", "user"], window, now_only=True)
    assert [(group.values, group.count, group.rss) for group in now] == [(("prod", "www"), 1, 100.0)]
    (everything,) = await counted(engine, PROCESSES, parse("-java"), [], window)
    assert everything.count == 2
    assert await counted(engine, PROCESSES, parse("nobody"), [], window) == []
    assert await keys_of(engine, PROCESSES, window) == ["env", "role"]


async def test_containers(engine: Engine) -> None:
    for search in (
        "web",
        "image_name:team/web",
        "container_name:w*",
        "short_image:web",
        "state:running",
        "c" * 12,
    ):
        found = await running(engine, CONTAINERS, parse(search), NOW, limit=10)
        assert [row["name"] for row in found.rows] == ["web"], search


async def test_lines_of_the_top_processes(engine: Engine) -> None:
    window = windows.Window(NOW - 60, NOW, 20)
    item = {"data_source": "process", "metric": "process.stat.cpu.total_pct", "limit": 2}
    frame = await execute(engine, item, window)
    assert [group.tags for group in frame.groups] == [
        ("command:java", f"host:{DB}", "pid:10"),
        ("command:nginx", f"host:{WEB}", "pid:10"),
    ]
    assert frame.values[1].tolist() == [5.0, 25.0, 45.0]
    top = await execute(engine, item | {"limit": 1, "sort": "asc", "aggregator": "max"}, window)
    assert [group.tags[0] for group in top.groups] == ["command:sh"]
    one = await execute(
        engine,
        item | {"text_filter": "nginx", "tag_filters": ["env:prod"], "is_normalized_cpu": True},
        windows.Window(NOW - 60, NOW, 60),
    )
    assert one.values.tolist() == [[25.0 / 4]]
    box = await execute(
        engine, {"data_source": "container", "metric": "process.stat.container.mem.rss"}, window
    )
    assert (box.groups[0].tags[0], box.unit, box.values[0].tolist()) == (
        "container_name:web",
        "byte",
        [50.0] * 3,
    )


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"metric": "process.stat.nothing"}, "Unknown metric.*process.stat.cpu.total_pct"),
        ({"limit": 0.5}, "'limit'"),
        ({"aggregator": "l2norm"}, "aggregator"),
        ({"tag_filters": "env:prod"}, "list of tags"),
        ({"text_filter": "(a"}, "not closed"),
    ],
)
async def test_wrong_query_objects_say_what_is_wrong(
    engine: Engine, wrong: dict[str, object], message: str
) -> None:
    item = {"data_source": "process", "metric": "process.stat.mem.rss"} | wrong
    with pytest.raises(QueryError, match=message):
        await execute(engine, item, windows.Window(NOW - 60, NOW, 20))


def test_images_are_rows(engine: Engine) -> None:
    table = images_table(WEB, [Image(id="sha256:1", name="team/web", repo_tags=["1"], size=5)], NOW)
    assert table.num_rows == 1
    engine.insert_sync("container_images", table)
    engine.execute_sync("TRUNCATE TABLE container_images")
