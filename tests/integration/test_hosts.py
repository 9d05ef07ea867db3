"""Hosts and their tags by the unmodified clients."""

from __future__ import annotations

import time

import pytest
import requests
from datadog import api, initialize
from datadog_api_client import ApiClient
from datadog_api_client.exceptions import NotFoundException
from datadog_api_client.v1.api.hosts_api import HostsApi
from datadog_api_client.v1.api.tags_api import TagsApi
from datadog_api_client.v1.model.host_tags import HostTags

from tests.conftest import RunningServer


@pytest.fixture(autouse=True)
def old_package(server: RunningServer) -> None:
    initialize(api_key=server.api_key, app_key=server.app_key, api_host=server.url, mute=False)


def report(server: RunningServer, host: str, idle: float = 80.0) -> None:
    """What an agent says of itself at its start, and one reading."""
    document = {
        "internalHostname": host,
        "agentVersion": "7.60.0",
        "systemStats": {"platform": "linux", "cpuCores": 4},
        "meta": {"socket-hostname": host, "host_aliases": [f"alias-of-{host}"]},
        "host-tags": {"system": ["env:test", f"name:{host}"]},
        "gohai": "{}",
    }
    answer = requests.post(f"{server.url}/intake/", json=document, headers=server.headers, timeout=60)
    assert answer.status_code < 300, answer.text
    now = time.time()
    api.Metric.send(metric="system.cpu.idle", points=[(now, idle)], host=host)
    api.Metric.send(metric="system.load.norm.15", points=[(now, 0.5)], host=host)


def test_hosts_with_tags_readings_and_metadata(server: RunningServer, client: ApiClient) -> None:
    report(server, "hosts-a", idle=80.0)
    report(server, "hosts-b", idle=10.0)
    found = HostsApi(client).list_hosts(
        filter="hosts-", sort_field="cpu", sort_dir="desc", include_hosts_metadata=True
    )
    assert (found.total_matching, found.total_returned) == (2, 2)
    assert found.exact_total_matching is True
    busiest = found.host_list[0]
    assert busiest.name == "hosts-b"
    assert busiest.metrics.cpu == pytest.approx(90.0)
    assert busiest.metrics.load == pytest.approx(0.5)
    assert busiest.up is True
    assert busiest.meta.agent_version == "7.60.0"
    assert busiest.tags_by_source["Datadog"] == ["env:test", "host:hosts-b", "name:hosts-b"]
    page = HostsApi(client).list_hosts(filter="hosts-", start=1, count=1)
    assert [host.name for host in page.host_list] == ["hosts-b"]
    assert page.total_matching == 2
    assert api.Hosts.search(filter="name:hosts-a")["host_list"][0]["name"] == "hosts-a"
    assert api.Hosts.search(filter="alias-of-hosts-a")["total_matching"] == 1
    assert api.Hosts.totals()["total_up"] >= 2


def test_people_add_replace_and_remove_tags(server: RunningServer, client: ApiClient) -> None:
    report(server, "tags-a")
    assert api.Tag.create("tags-a", tags=["owner:ada"]) == {"host": "tags-a", "tags": ["owner:ada"]}
    assert api.Tag.create("tags-a", tags=["Floor:2"])["tags"] == ["floor:2", "owner:ada"]
    assert api.Tag.get("tags-a")["tags"] == ["env:test", "floor:2", "name:tags-a", "owner:ada"]
    assert api.Tag.get("tags-a", source="users")["tags"] == ["floor:2", "owner:ada"]
    assert "tags-a" in api.Tag.get_all()["tags"]["owner:ada"]
    tags = TagsApi(client)
    assert tags.update_host_tags("tags-a", HostTags(tags=["owner:grace"])).tags == ["owner:grace"]
    assert "owner:ada" not in tags.list_host_tags(source="users").tags
    hosts = api.Hosts.search(filter="owner:grace")["host_list"]
    assert hosts[0]["tags_by_source"]["Users"] == ["owner:grace"]
    api.Tag.delete("tags-a")
    assert api.Tag.get("tags-a")["tags"] == ["env:test", "name:tags-a"]


def test_a_host_that_nothing_named_is_not_found(client: ApiClient) -> None:
    with pytest.raises(NotFoundException):
        TagsApi(client).get_host_tags("never-seen")


def test_a_tag_makes_a_host_known(client: ApiClient) -> None:
    TagsApi(client).create_host_tags("tags-only", HostTags(tags=["a:b"]))
    assert TagsApi(client).get_host_tags("tags-only").tags == ["a:b"]


def test_the_host_map_and_the_hosts_page(server: RunningServer) -> None:
    report(server, "map-a", idle=75.0)
    kinds = {"profiles": 35}
    components = [
        {"name": "trace", "state": "restarting", "cause": "port 8126 is in use", "not_stored": kinds}
    ]
    requests.post(
        f"{server.url}/api/v1/metadata",
        json={"hostname": "map-a", "timestamp": 1, "agent_components": {"components": components}},
        headers=server.headers,
        timeout=60,
    )
    hosts = requests.get(f"{server.url}/api/ui/hosts", headers=server.headers, timeout=60).json()["hosts"]
    host = next(host for host in hosts if host["name"] == "map-a")
    assert host["cpu"] == pytest.approx(25.0)
    assert host["iowait"] is None
    assert "env:test" in host["tags"]
    page = requests.get(f"{server.url}/api/ui/hosts/map-a", headers=server.headers, timeout=60).json()
    assert page["host"]["components"] == components
    assert page["metadata"]["v5"]["agentVersion"] == "7.60.0"
    missing = requests.get(f"{server.url}/api/ui/hosts/nobody", headers=server.headers, timeout=60)
    assert missing.status_code == 404
