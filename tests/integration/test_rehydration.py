"""Logs are read back from archives in an S3-compatible bucket into historical views, as they were."""

from __future__ import annotations

import gzip
import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from datadog_api_client import ApiClient
from datadog_api_client.v2.api.logs_api import LogsApi
from datadog_api_client.v2.api.logs_archives_api import LogsArchivesApi
from datadog_api_client.v2.api.roles_api import RolesApi
from datadog_api_client.v2.model.logs_list_request import LogsListRequest
from datadog_api_client.v2.model.relationship_to_role import RelationshipToRole

from heeler.logs.archives.lines import line_of
from heeler.wire.logs.datadog import LogEntry
from tests.conftest import RunningServer, free_port, start_server
from tests.integration.client_answers import parsed
from tests.integration.test_log_archives import BUCKET, request, send, wait
from tests.s3_server import S3Server

VIEWS = "/api/ui/logs/historical-views"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, s3: S3Server) -> Iterator[RunningServer]:
    started = start_server(
        tmp_path_factory.mktemp("rehydration"), HEELER_LOG_ARCHIVE_INTERVAL="1", **s3.environment
    )
    yield started
    started.stop()


def call(server: RunningServer, method: str, path: str, body: Any = None) -> Any:
    """The answer; of an error its status and its text."""
    headers = {**server.headers, "Content-Type": "application/json"}
    content = None if body is None else json.dumps(body).encode()
    made = urllib.request.Request(f"{server.url}{path}", content, headers, method=method)
    try:
        with urllib.request.urlopen(made, timeout=60) as answer:
            return json.loads(answer.read() or b"null")
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def view(server: RunningServer, name: str) -> dict[str, Any] | None:
    return next((one for one in call(server, "GET", VIEWS)["views"] if one["name"] == name), None)


def finished(server: RunningServer, name: str) -> dict[str, Any]:
    wait(lambda: (view(server, name) or {}).get("state") not in ("pending", "running"), f"{name} goes on")
    found = view(server, name)
    assert found is not None
    return found


def found_in(server: RunningServer, index: str, query: str = "*") -> list[dict[str, Any]]:
    """All logs of an index or a view by the public API, as they are, oldest first."""
    where = {"query": query, "from": "2020-01-01T00:00:00Z", "to": "now+1d"}
    body = {"filter": {**where, **({"indexes": [index]} if index else {})}, "sort": "timestamp"}
    logs: list[dict[str, Any]] = []
    cursor = None
    while True:
        answer = call(
            server,
            "POST",
            "/api/v2/logs/events/search",
            {**body, "page": {"limit": 1000, **({"cursor": cursor} if cursor else {})}},
        )
        logs += answer["data"]
        cursor = answer["meta"].get("page", {}).get("after")
        if not cursor:
            return logs


def create_archive(server: RunningServer, name: str, query: str, path: str, **more: Any) -> str:
    with ApiClient(server.configuration()) as client:
        made = parsed(
            LogsArchivesApi(client).create_logs_archive(request(name, query, path, include_tags=True, **more))
        )
    return str(made.data.id)


def asked(archive: str, name: str, **more: Any) -> dict[str, Any]:
    now = int(time.time() * 1000)
    return {"archive": archive, "name": name, "from": now - 7_200_000, "to": now + 7_200_000, **more}


def of_day(number: int) -> str:
    return f"dt=20240305/hour=10/archive_10{number:02d}00.0000.{number:012x}.json.gz"


#: 2024-03-05 10:00 UTC.
DAY = 1_709_632_800
DAY_PERIOD = {"from": "2024-03-05T10:00:00Z", "to": "2024-03-05T11:00:00Z"}


def lines_of(service: str, file: int, count: int) -> list[bytes]:
    start = (DAY + file * 60) * 1_000_000_000
    return [
        line_of(
            LogEntry(
                f"{file}-{place}", start + place * 1001, "info", service, "h1", "go",
                ("env:prod",), {"file": file, "place": place},
            ),
            1000 + place,
            include_tags=True,
        )
        for place in range(count)
    ]  # fmt: skip


def check_widgets(server: RunningServer, name: str, count: int) -> None:
    """Graphs, values and lists of dashboards over a view, by their ``indexes``."""
    now = int(time.time() * 1000)

    def asked(kind: str, indexes: list[str]) -> Any:
        query = {"name": "a", "data_source": "logs", "search": {"query": "*"}, "indexes": indexes}
        query["compute"] = {"aggregation": "count"}
        attributes = {"from": now - 7_200_000, "to": now + 7_200_000, "queries": [query]}
        body = {"data": {"type": f"{kind}_request", "attributes": attributes}}
        return call(server, "POST", f"/api/v2/query/{kind}", body)

    columns = asked("scalar", [name])["data"]["attributes"]["columns"]
    assert [one["values"] for one in columns] == [[count]]
    (values,) = asked("timeseries", [name])["data"]["attributes"]["values"]
    assert sum(value or 0 for value in values) == count
    status, text = asked("scalar", [name, "main"])
    assert (status, "searched alone" in text) == (400, True)
    (unknown,) = asked("scalar", ["nothing-of-it"])["data"]["attributes"]["columns"]
    assert unknown["values"] in ([], [0])
    path = f"/api/ui/logs/sorted?by=@number&order=desc&start=now-2h&end=now%2B2h&indexes={name}"
    found = call(server, "GET", path)["data"]
    assert [one["attributes"]["attributes"].get("number") for one in found[:2]] == [19, 18]
    assert call(server, "GET", f"{path},main")[0] == 400


def test_what_was_archived_is_read_back_as_it_was(server: RunningServer, s3: S3Server) -> None:
    archive = create_archive(server, "Round", "service:round", "round", rehydration_tags=["restored:yes"])
    now = time.time_ns() // 1_000_000 * 1_000_000
    base = {"service": "round", "ddsource": "python", "hostname": "h1", "ddtags": "env:prod,team:a"}
    logs: list[dict[str, Any]] = [
        {**base, "message": f"of one millisecond {number}", "timestamp": now + number * 7, "number": number}
        for number in range(20)
    ]
    logs += [
        {
            **base,
            "message": 'quotes " and\nlines\ttabs é 😀',
            "status": "error",
            "timestamp": now,
            "http": {"status_code": 503, "url": "https://x/?a=1", "method": "GET"},
            "list": [1, "2", {"a": None}],
            "flag": True,
            "text": "200",
            "big": 2**60,
            "ratio": 0.1,
        },
        {**base, "message": "traced", "timestamp": now, "dd.trace_id": "1234567890123", "dd.span_id": "77"},
        {**base, "message": "half of a pair \ud83d", "timestamp": now, "level": "warning"},
        {"service": "round", "ddsource": "go", "message": "without a time"},
    ]
    send(server, *logs[:12])
    send(server, *logs[12:])
    stored = found_in(server, "", "service:round")
    assert len(stored) == len(logs)

    bucket = s3.bucket(BUCKET, "round")
    wait(
        lambda: sum(gzip.decompress(bucket.get(one.key)).count(b"\n") for one in bucket.list()) == len(logs),
        "not all logs are archived",
    )
    files = sorted(bucket.list())
    copied = files[0].key.replace("archive_", "archive_copy_")
    whole = bucket.get(files[0].key)
    bucket.put(copied, whole)
    bucket.put(files[0].key.replace("archive_", "archive_damaged_"), whole[: len(whole) // 2])
    bucket.put(files[0].key.replace(".json.gz", ".txt"), b"of somebody else")
    several = gzip.compress(b'no JSON\n{"_id": 5}\n[]\n')
    bucket.put(files[0].key.replace("archive_", "archive_odd_"), several)

    size = call(server, "POST", f"{VIEWS}/estimate", asked(archive, ""))
    assert size["files"] == len(files) + 3
    assert size["bytes"] == sum(one.size for one in bucket.list() if one.key.endswith(".gz"))
    made = call(server, "POST", VIEWS, asked(archive, "round-trip"))
    assert (made["state"], made["owner"], made["progress"]["total_files"]) == (
        "pending", server.email, len(files) + 3,
    )  # fmt: skip
    done = finished(server, "round-trip")
    progress = done["progress"]
    assert (done["state"], done["error"], progress["found"]) == ("active", "", len(logs)), done
    assert progress["files"] == progress["total_files"]
    assert progress["bytes"] == progress["total_bytes"] == size["bytes"]
    assert (progress["damaged_files"], progress["damaged_lines"]) == (1, 3)
    assert progress["duplicates"] >= gzip.decompress(whole).count(b"\n")

    expected = [
        {
            **one,
            "attributes": {**one["attributes"], "tags": sorted([*one["attributes"]["tags"], "restored:yes"])},
        }
        for one in stored
    ]
    read = found_in(server, "round-trip")
    for one in read:
        one["attributes"]["tags"].sort()
    assert read == expected
    # With nanoseconds, trace and status, as the page shows them.
    page = f"/api/ui/logs/{stored[-1]['id']}"
    one, other = call(server, "GET", page), call(server, "GET", f"{page}?index=round-trip")
    assert other == {**one, "tags": other["tags"], "index": "round-trip"}
    assert sorted(other["tags"]) == sorted([*one["tags"], "restored:yes"])
    traced = found_in(server, "round-trip", "trace_id:1234567890123")
    assert [one["attributes"]["message"] for one in traced] == ["traced"]

    # Stored logs are found once, and not in the view of others.
    assert len(found_in(server, "", "service:round")) == len(logs)
    assert found_in(server, "main", "service:round") == found_in(server, "", "service:round")
    assert found_in(server, "", "restored:yes") == []
    mixed = {"filter": {"indexes": ["main", "round-trip"]}}
    assert call(server, "POST", "/api/v2/logs/events/search", mixed)[0] == 400

    window = {"query": "*", "from": "now-2h", "to": "now+2h"}
    count = {"compute": [{"aggregation": "count"}], "filter": {**window, "indexes": ["round-trip"]}}
    buckets = call(server, "POST", "/api/v2/logs/analytics/aggregate", count)["data"]["buckets"]
    assert buckets[0]["computes"]["c0"] == len(logs)
    check_widgets(server, "round-trip", len(logs))
    explorer = "/api/ui/explorer/logs/facets?index=round-trip"
    facets = call(server, "POST", explorer, {"filter": window, "fields": ["restored", "index"]})["facets"]
    assert [one["values"] for one in facets] == [
        [{"value": "yes", "count": len(logs)}],
        [{"value": "round-trip", "count": len(logs)}],
    ]
    context = call(server, "GET", f"/api/ui/logs/{stored[3]['id']}/context?index=round-trip&before=2&after=2")
    assert [one["id"] for one in context["before"]] == [one["id"] for one in stored[1:3]]
    lines = call(server, "GET", "/api/ui/logs?index=round-trip&query=number:3&start=now-2h&end=now%2B2h")
    assert lines["logs"] == []
    lines = call(server, "GET", "/api/ui/logs?index=round-trip&query=@number:3&start=now-2h&end=now%2B2h")
    assert [one["attributes"]["number"] for one in lines["logs"]] == [3]
    assert call(server, "GET", "/api/ui/logs?index=nothing")[0] == 404

    with ApiClient(server.configuration()) as client:
        listed = LogsListRequest(filter={"indexes": ["round-trip"], "from": "now-2h", "to": "now+2h"})  # type: ignore[arg-type]
        assert len(parsed(LogsApi(client).list_logs(body=listed)).data) == 10

    assert call(server, "DELETE", f"{VIEWS}/round-trip") is None
    assert view(server, "round-trip") is None
    assert found_in(server, "round-trip") == []
    wait(
        lambda: isinstance(call(server, "POST", VIEWS, asked(archive, "round-trip", query="none")), dict),
        "the name is not free",
    )
    assert finished(server, "round-trip")["progress"]["found"] == 0
    call(server, "DELETE", f"{VIEWS}/round-trip")
    trail = call(server, "GET", "/api/v2/audit/events?filter[from]=now-1h&page[limit]=100")["data"]
    paths = [one["attributes"]["attributes"]["http"]["url_details"]["path"] for one in trail]
    assert {VIEWS, f"{VIEWS}/round-trip"} <= set(paths)


def test_what_is_refused_and_limited(server: RunningServer, s3: S3Server) -> None:
    archive = create_archive(server, "Day", "service:none", "day", rehydration_max_scan_size_in_gb=1)
    bucket = s3.bucket(BUCKET, "day")
    for file in range(3):
        bucket.put(of_day(file), gzip.compress(b"".join(lines_of("day", file, 100))))
    day = {"archive": archive, **DAY_PERIOD}
    for wrong, status, words in (
        ({**day, "name": "Upper"}, 400, "lower-case"),
        ({**day, "name": "main-view", "query": "team:("}, 400, "query"),
        ({**day, "name": "x", "limit": 0}, 400, "limit"),
        ({**day, "name": "x", "retention_days": True}, 400, "retention_days"),
        ({**day, "name": "x", "from": "2024-03-05T12:00:00Z"}, 400, "before"),
        ({**day, "name": "x", "from": "2014-03-05T12:00:00Z"}, 400, "366 days"),
        ({**day, "name": "x", "archive": "none"}, 400, "No archive"),
    ):
        answer = call(server, "POST", VIEWS, wrong)
        assert (answer[0], words in answer[1]) == (status, True), answer
    first = call(server, "POST", VIEWS, {**day, "name": "limited", "limit": 150, "query": "@place:<90"})
    assert first["state"] == "pending"
    progress = finished(server, "limited")["progress"]
    assert (progress["found"], progress["limited"], progress["files"]) == (150, True, 2)
    assert call(server, "POST", VIEWS, {**day, "name": "limited"})[0] == 409
    assert call(server, "POST", f"{VIEWS}/limited/cancel")[0] == 409
    assert call(server, "POST", f"{VIEWS}/limited/resume")[0] == 409
    assert call(server, "POST", f"{VIEWS}/none/cancel")[0] == 404
    index = {"name": "limited", "filter": {"query": "service:x"}}
    assert call(server, "POST", "/api/v1/logs/config/indexes", index)[0] == 422
    call(server, "POST", VIEWS, {**day, "name": "minute", "to": "2024-03-05T10:01:00Z", "late_hours": 0})
    assert finished(server, "minute")["progress"]["found"] == 100
    for name, count in (("minute", 100), ("limited", 150)):  # each by itself, also counted by minutes
        where = {"query": "service:day", **DAY_PERIOD, "indexes": [name]}
        counted = {"compute": [{"aggregation": "count"}], "filter": where, "group_by": [{"facet": "host"}]}
        (bucket_of_host,) = call(server, "POST", "/api/v2/logs/analytics/aggregate", counted)["data"][
            "buckets"
        ]
        assert bucket_of_host == {"by": {"host": "h1"}, "computes": {"c0": count}}

    # A role that is none of the caller's may read the archive alone.
    with ApiClient(server.configuration()) as client:
        roles = {one.attributes.name: one.id for one in parsed(RolesApi(client).list_roles()).data}
        other = next(one for name, one in roles.items() if "Read Only" in name)
        reader = RelationshipToRole(data={"id": other, "type": "roles"})  # type: ignore[arg-type]
        LogsArchivesApi(client).add_read_role_to_archive(archive, reader)
    assert call(server, "POST", VIEWS, {**day, "name": "forbidden"})[0] == 403
    assert archive not in [one["id"] for one in call(server, "GET", VIEWS)["archives"]]
    nowhere = create_archive(server, "Nowhere", "service:none", "x", bucket="heeler-nowhere")
    answer = call(server, "POST", VIEWS, {**day, "name": "nowhere", "archive": nowhere})
    assert answer[0] == 400
    assert "There is no bucket heeler-nowhere" in answer[1]


FILES, LINES = 40, 500


def test_a_rehydration_survives_a_kill_and_a_bucket_that_goes_away(tmp_path: Path) -> None:
    s3 = S3Server(free_port(), verified=False)
    s3.start()
    server = start_server(tmp_path, **s3.environment)
    try:
        archive = create_archive(server, "Big", "service:big", "big")
        files = [lines_of("big", file, LINES) for file in range(FILES)]
        objects = {of_day(file): gzip.compress(b"".join(lines)) for file, lines in enumerate(files)}
        objects[of_day(7).replace("archive_", "archive_damaged_")] = objects[of_day(7)][:-30]
        objects[of_day(9).replace("archive_", "archive_again_")] = objects[of_day(9)]

        def put() -> None:
            bucket = s3.bucket(BUCKET, "big")
            for key, content in objects.items():
                bucket.put(key, content)

        put()
        call(server, "POST", VIEWS, {"archive": archive, "name": "big", **DAY_PERIOD})

        def has_read(count: int) -> Callable[[], bool]:
            return lambda: (view(server, "big") or {})["progress"]["files"] >= count

        wait(has_read(3), "nothing is read")
        server.kill()
        s3.stop()
        server = start_server(tmp_path, **s3.environment)
        wait(lambda: "again after" in (view(server, "big") or {})["error"], "the store's absence is not told")
        found = view(server, "big")
        assert found is not None
        assert found["state"] == "running"
        assert "cannot be reached" in found["error"]
        assert found["progress"]["files"] < FILES, "all was read before the kill: it shows nothing"
        s3.start()
        put()
        done = finished(server, "big")
        progress = done["progress"]
        assert (done["state"], done["error"], progress["found"]) == ("active", "", FILES * LINES), done
        assert (progress["files"], progress["total_files"]) == (FILES + 2, FILES + 2)
        assert (progress["damaged_files"], progress["damaged_lines"]) == (1, 0)
        assert progress["duplicates"] == LINES
        read = found_in(server, "big")
        archived = [json.loads(line) for lines in files for line in lines]
        assert [one["id"] for one in read] == [one["_id"] for one in archived]
        for one, line in zip(read, archived, strict=True):
            shown = one["attributes"]
            assert (shown["message"], shown["attributes"]) == (line["message"], line["attributes"])
            assert (shown["timestamp"], shown["host"]) == (line["date"], line["host"])
            assert shown["tags"] == ["env:prod", "source:go"]

        # Canceled, gone on with, and deleted while it is read.
        call(server, "POST", VIEWS, {"archive": archive, "name": "again", **DAY_PERIOD})
        canceled = call(server, "POST", f"{VIEWS}/again/cancel")
        assert canceled["state"] == "canceled"
        assert canceled["expires"]
        assert call(server, "POST", f"{VIEWS}/again/resume")["state"] == "pending"
        assert finished(server, "again")["progress"]["found"] == FILES * LINES
        call(server, "POST", VIEWS, {"archive": archive, "name": "gone", **DAY_PERIOD})
        call(server, "DELETE", f"{VIEWS}/gone")
        wait(
            lambda: call(server, "POST", f"{VIEWS}/gone/cancel")[0] == 404 and view(server, "gone") is None,
            "it is not deleted",
        )
        assert found_in(server, "gone") == []
    finally:
        server.stop()
        s3.stop()
