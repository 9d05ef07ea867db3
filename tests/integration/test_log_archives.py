"""Log archives of a real server in buckets of an S3-compatible server, configured with the real client."""

from __future__ import annotations

import gzip
import io
import json
import re
import time
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import zstandard
from datadog_api_client import ApiClient
from datadog_api_client.exceptions import ApiException
from datadog_api_client.v1.api.logs_indexes_api import LogsIndexesApi
from datadog_api_client.v1.model.logs_index import LogsIndex
from datadog_api_client.v2.api.logs_archives_api import LogsArchivesApi
from datadog_api_client.v2.api.roles_api import RolesApi
from datadog_api_client.v2.model.logs_archive_create_request import LogsArchiveCreateRequest
from datadog_api_client.v2.model.logs_archive_order import LogsArchiveOrder
from datadog_api_client.v2.model.relationship_to_role import RelationshipToRole

from tests.conftest import RunningServer, free_port, start_server
from tests.integration.client_answers import parsed
from tests.s3_server import S3Server

BUCKET = "heeler-archives"
KEY = re.compile(r"dt=\d{8}/hour=\d\d/archive_\d{6}\.\d{4}\.[0-9a-f]{12}\.json\.(gz|zst)")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, s3: S3Server) -> Iterator[RunningServer]:
    started = start_server(
        tmp_path_factory.mktemp("archives"), HEELER_LOG_ARCHIVE_INTERVAL="1", **s3.environment
    )
    yield started
    started.stop()


@pytest.fixture(scope="module")
def client(server: RunningServer) -> Iterator[ApiClient]:
    with ApiClient(server.configuration()) as made:
        yield made


def request(name: str, query: str, path: str, bucket: str = BUCKET, **more: Any) -> LogsArchiveCreateRequest:
    integration = {"account_id": "123456789012", "role_name": "archiver"}
    destination = {"type": "s3", "bucket": bucket, "path": path, "integration": integration}
    attributes = {"name": name, "query": query, "destination": destination, **more}
    return LogsArchiveCreateRequest(data={"type": "archives", "attributes": attributes})  # type: ignore[arg-type]


GOOGLE = {
    "type": "gcs",
    "bucket": BUCKET,
    "integration": {"client_email": "archiver@project.test", "project_id": "project"},
}
AZURE = {
    "type": "azure",
    "container": "logs",
    "storage_account": "account",
    "integration": {"tenant_id": "tenant", "client_id": "client"},
}


def order(*names: str) -> LogsArchiveOrder:
    return LogsArchiveOrder(data={"type": "archive_order", "attributes": {"archive_ids": list(names)}})  # type: ignore[arg-type]


def send(server: RunningServer, *logs: dict[str, Any]) -> None:
    headers = {"DD-API-KEY": server.api_key, "Content-Type": "application/json"}
    made = urllib.request.Request(f"{server.url}/api/v2/logs", json.dumps(logs).encode(), headers)
    with urllib.request.urlopen(made, timeout=60) as answer:
        assert answer.status == 202


def read(server: RunningServer, path: str) -> Any:
    made = urllib.request.Request(f"{server.url}{path}", headers=server.headers)
    with urllib.request.urlopen(made, timeout=60) as answer:
        return json.loads(answer.read())


def state(server: RunningServer, name: str) -> dict[str, Any]:
    rows = read(server, "/api/ui/logs/archives")["archives"]
    return next(one for one in rows if one["attributes"]["name"] == name)


def wait(until: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + 120
    while not until():
        assert time.monotonic() < deadline, what
        time.sleep(0.2)


def archived(s3: S3Server, path: str) -> list[dict[str, Any]]:
    """All logs below a path, in the order of the names of their files."""
    bucket, found = s3.bucket(BUCKET, path), []
    for one in sorted(bucket.list()):
        assert KEY.fullmatch(one.key), one.key
        content = bucket.get(one.key)
        if one.key.endswith(".gz"):
            text = gzip.decompress(content)
        else:
            text = zstandard.ZstdDecompressor().stream_reader(io.BytesIO(content)).read()
        found += [json.loads(line) for line in text.splitlines()]
    return found


def test_calls_of_the_client(client: ApiClient) -> None:
    api = LogsArchivesApi(client)
    assert parsed(api.list_logs_archives()).data == []
    made = parsed(
        api.create_logs_archive(
            request(
                "First",
                "team:calls",
                "calls/one",
                rehydration_tags=["a:b"],
                rehydration_max_scan_size_in_gb=5,
            )
        )
    ).data
    other = parsed(api.create_logs_archive(request("Second", "team:calls", "calls/two"))).data
    assert (made.type, made.attributes.name, made.attributes.query) == ("archives", "First", "team:calls")
    assert made.attributes.state.value == "UNKNOWN"
    assert made.attributes.destination.bucket == BUCKET
    assert (made.attributes.rehydration_tags, made.attributes.rehydration_max_scan_size_in_gb) == (["a:b"], 5)
    assert parsed(api.update_logs_archive_order(order(other.id, made.id))).data.attributes.archive_ids == [
        other.id,
        made.id,
    ]
    assert [one.id for one in parsed(api.list_logs_archives()).data] == [other.id, made.id]
    changed = parsed(
        api.update_logs_archive(made.id, request("First", "team:other", "one", include_tags=True))
    )
    assert (changed.data.attributes.query, changed.data.attributes.include_tags) == ("team:other", True)
    assert parsed(api.get_logs_archive(made.id)).data.attributes.query == "team:other"

    role = parsed(RolesApi(client).list_roles()).data[0]
    reader = RelationshipToRole(data={"id": role.id, "type": "roles"})  # type: ignore[arg-type]
    api.add_read_role_to_archive(made.id, reader)
    api.add_read_role_to_archive(made.id, reader)
    assert [one.id for one in parsed(api.list_archive_read_roles(made.id)).data] == [role.id]
    api.remove_role_from_archive(made.id, reader)
    assert parsed(api.list_archive_read_roles(made.id)).data == []

    for wrong, status in (
        (lambda: api.create_logs_archive(request("x", "team:(", "p")), 400),
        (lambda: api.create_logs_archive(request("x", "*", "p", lookup_attributes=["a"])), 400),
        (lambda: api.get_logs_archive("none"), 404),
        (lambda: api.update_logs_archive_order(order(made.id)), 422),
    ):
        with pytest.raises(ApiException) as error:
            wrong()
        assert error.value.status == status
    for destination in (GOOGLE, AZURE):
        attributes = {"name": "x", "query": "*", "destination": destination}
        elsewhere = LogsArchiveCreateRequest(data={"type": "archives", "attributes": attributes})  # type: ignore[arg-type]
        for call in (api.create_logs_archive, lambda body: api.update_logs_archive(made.id, body)):
            with pytest.raises(ApiException) as error:
                call(elsewhere)
            assert error.value.status == 400
            (reason,) = error.value.body["errors"]
            assert reason.startswith(f"Archives in {destination['type']} are not supported: use a bucket of")
    assert parsed(api.get_logs_archive(made.id)).data.attributes.destination.bucket == BUCKET
    assert len(parsed(api.list_logs_archives()).data) == 2
    for one in (made, other):
        api.delete_logs_archive(one.id)
    assert parsed(api.get_logs_archive_order()).data.attributes.archive_ids == []


def test_the_first_archive_takes_a_log_whatever_indexes_exclude(
    client: ApiClient, server: RunningServer, s3: S3Server
) -> None:
    api = LogsArchivesApi(client)
    errors = parsed(
        api.create_logs_archive(
            request(
                "Errors",
                "service:shop status:error",
                "shop/errors",
                include_tags=True,
                compression_method="ZSTD",
            )
        )
    ).data
    rest = parsed(api.create_logs_archive(request("Shop", "service:shop", "/shop/all/"))).data
    exclusion = {"name": "everything", "is_enabled": True, "filter": {"query": "*", "sample_rate": 1.0}}
    LogsIndexesApi(client).create_logs_index(
        LogsIndex(name="shop", filter={"query": "service:shop"}, exclusion_filters=[exclusion])  # type: ignore[arg-type]
    )
    now = int(time.time() * 1000)
    base = {"service": "shop", "ddsource": "python", "hostname": "h1", "ddtags": "env:prod", "timestamp": now}
    send(
        server,
        {**base, "message": "paid", "amount": 5},
        {**base, "message": "failed", "status": "error"},
        {**base, "message": "elsewhere", "service": "other"},
    )
    wait(lambda: bool(archived(s3, "shop/errors") and archived(s3, "shop/all")), "nothing was archived")
    (paid,), (failed,) = archived(s3, "shop/all"), archived(s3, "shop/errors")
    assert paid.pop("_id") != failed.pop("_id")
    date = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(now / 1000)) + f".{now % 1000:03d}Z"
    assert paid == {
        "date": date, "host": "h1", "source": "python", "service": "shop", "status": "info",
        "message": "paid", "attributes": {"amount": 5}, "tags": [],
    }  # fmt: skip
    assert (failed["message"], failed["status"], failed["tags"]) == ("failed", "error", ["env:prod"])
    where = "?query=service:shop&from=now-15m&to=now".replace("query", "filter[query]")
    stored = read(
        server, "/api/v2/logs/events" + where.replace("from", "filter[from]").replace("to=", "filter[to]=")
    )
    assert stored["data"] == [], "the index excludes them"

    wait(
        lambda: api.get_logs_archive(rest.id).data.attributes.state.value == "WORKING",
        "the state is not told",
    )
    shown = state(server, "Shop")
    assert (shown["error"], shown["written"][:4]) == ("", time.strftime("%Y"))
    for one in (errors, rest):
        api.delete_logs_archive(one.id)


def test_an_archive_that_cannot_be_written_says_why(
    client: ApiClient, server: RunningServer, s3: S3Server
) -> None:
    api = LogsArchivesApi(client)
    made = parsed(
        api.create_logs_archive(request("Nowhere", "service:lost", "lost", bucket="heeler-nowhere"))
    ).data
    send(server, {"message": "waits", "service": "lost", "ddsource": "go"})
    wait(lambda: state(server, "Nowhere")["attributes"]["state"] == "FAILING", "the state is not told")
    error = state(server, "Nowhere")["error"]
    assert error == f"There is no bucket heeler-nowhere at {s3.url}: create it."
    parsed(api.update_logs_archive(made.id, request("Nowhere", "service:lost", "lost")))
    assert state(server, "Nowhere")["attributes"]["state"] == "UNKNOWN"
    wait(lambda: bool(archived(s3, "lost")), "what waited is not written to the new bucket")
    assert [one["message"] for one in archived(s3, "lost")] == ["waits"]
    api.delete_logs_archive(made.id)


def test_nothing_acknowledged_is_lost_while_the_bucket_is_away(tmp_path: Path) -> None:
    """The store of the bucket is away, the server is killed, the store comes back."""
    s3 = S3Server(free_port(), verified=False)
    environment = {**s3.environment, "HEELER_LOG_ARCHIVE_INTERVAL": "1"}
    server = start_server(tmp_path, **environment)
    try:
        with ApiClient(server.configuration()) as client:
            LogsArchivesApi(client).create_logs_archive(request("Away", "service:away", "away"))
        now = int(time.time() * 1000)
        for number in range(30):
            fields = {"service": "away", "ddsource": "go", "timestamp": now}
            send(server, *({**fields, "message": f"{number}-{one}"} for one in range(10)))
        wait(lambda: state(server, "Away")["attributes"]["state"] == "FAILING", "the state is not told")
        assert "cannot be reached" in state(server, "Away")["error"]
        send(server, {"service": "away", "ddsource": "go", "timestamp": now, "message": "the last"})
        server.kill()
        s3.start()
        server = start_server(tmp_path, **environment)
        expected = {f"{number}-{one}" for number in range(30) for one in range(10)} | {"the last"}
        wait(lambda: {one["message"] for one in archived(s3, "away")} >= expected, "logs are missing")
        assert Counter(one["message"] for one in archived(s3, "away")) == Counter(expected)
        wait(lambda: state(server, "Away")["attributes"]["state"] == "WORKING", "the state is not told")
        folder = server.data_dir / "archives"
        wait(lambda: not list(folder.glob("*/*.spool")), "written files are not removed")
    finally:
        server.stop()
        s3.stop()
