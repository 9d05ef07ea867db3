"""Processes, containers and images by the unmodified client."""

from __future__ import annotations

import time

import pytest
import requests
from datadog_api_client import ApiClient
from datadog_api_client.exceptions import ApiException
from datadog_api_client.v2.api.container_images_api import ContainerImagesApi
from datadog_api_client.v2.api.containers_api import ContainersApi
from datadog_api_client.v2.api.processes_api import ProcessesApi

from heeler.wire.processes import encode, images, message_framing
from heeler.wire.processes.model import Container, HostSnapshot, Process
from tests.conftest import RunningServer
from tests.integration.client_answers import parsed

HOST = "processes-a"


@pytest.fixture(scope="module", autouse=True)
def reported(server: RunningServer) -> None:
    now = int(time.time())
    created = (now - 3600) * 1000
    processes = [
        Process(
            pid=100 + n, ppid=1, created=created + n, name="worker", command=f"worker --shard {n}",
            user="app", state="S", cpu=float(n), rss=n << 20, tags=["team:proc-test"],
        )
        for n in range(25)
    ]  # fmt: skip
    containers = [
        Container(
            id=f"{n:x}" * 64, name=f"proc-box-{n}", type="docker", image=f"proc/image{n % 2}:1.{n}",
            state="running", created=now - 600, started=now - 590, cpu=5.0, rss=1 << 20,
            tags=[f"container_name:proc-box-{n}", f"short_image:image{n % 2}", "team:proc-test"],
        )
        for n in range(3)
    ]  # fmt: skip
    for part in encode.collector_procs(HostSnapshot(HOST, 4, 8 << 30, processes, containers), 1):
        answer = requests.post(
            f"{server.url}/api/v1/collector",
            data=message_framing.write_frame(message_framing.PROCESSES, part, now),
            headers=server.headers,
            timeout=60,
        )
        assert answer.status_code == 200, answer.text
    image = images.Image(
        id="sha256:1", name="registry.example/proc/image0", short_name="image0", repo_tags=["1.0", "1.2"],
        size=77, os_name="linux", architecture="amd64", tags=["team:proc-test"], built=now - 9999,
    )  # fmt: skip
    answer = requests.post(
        f"{server.url}/api/v2/contimage",
        data=images.encode(HOST, "agent", [image]),
        headers=server.headers,
        timeout=60,
    )
    assert answer.status_code == 202, answer.text


def test_processes_with_filters_and_all_pages(client: ApiClient) -> None:
    api = ProcessesApi(client)
    found = list(parsed(api.list_processes_with_pagination(tags="team:proc-test", page_limit=10)))
    assert [one.attributes.pid for one in found] == list(range(100, 125))
    assert len({one.id for one in found}) == 25
    one = parsed(api.list_processes(search="--shard 7", tags=f"host:{HOST}")).data
    assert {item.attributes.cmdline for item in one} >= {"worker --shard 7"}
    (exact,) = parsed(api.list_processes(search='"--shard 7"', tags=f"host:{HOST},user:app")).data
    assert (exact.attributes.user, exact.attributes.ppid, exact.attributes.host) == ("app", 1, HOST)
    assert "team:proc-test" in exact.attributes.tags
    old = api.list_processes(tags=f"host:{HOST}", _from=1000, to=2000)
    assert (old.data, old.meta.page.size) == ([], 0)


def test_wrong_requests_say_what_is_wrong(client: ApiClient, server: RunningServer) -> None:
    for query in ("page[cursor]=x", "from=5&to=1", "search=(a", "page[limit]=0", "page[limit]=10001"):
        headers = {**server.headers, "DD-APPLICATION-KEY": server.app_key}
        answer = requests.get(f"{server.url}/api/v2/processes?{query}", headers=headers, timeout=60)
        assert answer.status_code == 400, query
        assert answer.json()["errors"], query
    with pytest.raises(ApiException, match="Invalid sort"):
        ContainersApi(client).list_containers(sort="size")


def test_containers_groups_and_pages(client: ApiClient) -> None:
    api = ContainersApi(client)
    answer = parsed(api.list_containers(filter_tags="team:proc-test", sort="-name"))
    assert [one.attributes.name for one in answer.data] == ["proc-box-2", "proc-box-1", "proc-box-0"]
    first = answer.data[-1].attributes
    assert (first.image_name, first.image_tags, first.state, first.host) == (
        "proc/image0",
        ["1.0"],
        "running",
        HOST,
    )
    assert answer.meta.pagination.total == 3
    every = list(api.list_containers_with_pagination(filter_tags="team:proc-test", page_size=2))
    assert len(parsed(every)) == 3
    groups = parsed(api.list_containers(filter_tags="team:proc-test", group_by="short_image")).data
    assert [(group.id, group.attributes.count) for group in groups] == [
        ("short_image:image0", 2),
        ("short_image:image1", 1),
    ]
    assert len(groups[0].relationships.containers.data) == 2


def test_container_images(client: ApiClient) -> None:
    api = ContainerImagesApi(client)
    found = parsed(api.list_container_images(filter_tags="team:proc-test")).data
    names = {one.attributes.name: one.attributes for one in found}
    assert names["registry.example/proc/image0"].container_count == 2
    assert names["registry.example/proc/image0"].sizes == [77]
    run = parsed(api.list_container_images(filter_tags="short_image:image1")).data
    assert [(one.attributes.image_tags, one.attributes.container_count) for one in run] == [(["1.1"], 1)]
    groups = parsed(api.list_container_images(group_by="short_image")).data
    assert {group.id for group in groups} >= {"short_image:image0", "short_image:image1"}


def test_widgets_query_processes(server: RunningServer) -> None:
    now = int(time.time())
    query = {
        "data_source": "process", "name": "query1", "metric": "process.stat.mem.rss", "limit": 3,
        "tag_filters": ["team:proc-test"], "text_filter": "worker",
    }  # fmt: skip
    attributes = {
        "from": (now - 600) * 1000, "to": now * 1000 + 1000, "queries": [query],
        "formulas": [{"formula": "query1"}],
    }  # fmt: skip
    body = {"data": {"type": "scalar_request", "attributes": attributes}}
    headers = {**server.headers, "DD-APPLICATION-KEY": server.app_key}
    answer = requests.post(f"{server.url}/api/v2/query/scalar", json=body, headers=headers, timeout=60)
    assert answer.status_code == 200, answer.text
    columns = answer.json()["data"]["attributes"]["columns"]
    (values,) = [column["values"] for column in columns if column["type"] == "number"]
    assert sorted(values) == [float(n << 20) for n in (22, 23, 24)]
    body["data"]["type"] = "timeseries_request"
    answer = requests.post(f"{server.url}/api/v2/query/timeseries", json=body, headers=headers, timeout=60)
    assert len(answer.json()["data"]["attributes"]["series"]) == 3
