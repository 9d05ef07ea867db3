from __future__ import annotations

import pytest

from heeler.wire.traces.otlp_resource import container_tags, host_of


@pytest.mark.parametrize(
    ("resource", "host"),
    [
        ({}, ""),
        ({"host.name": "a"}, "a"),
        ({"host.name": "a", "host.id": "b"}, "b"),
        ({"host.name": "a", "datadog.host.name": "c"}, "c"),
        ({"host.name": "LOCALHOST"}, ""),
        ({"host.name": "127.0.0.1", "host.id": "b"}, "b"),
        ({"k8s.node.name": "n", "k8s.cluster.name": "c", "host.name": "a"}, "n-c"),
        ({"k8s.node.name": "n", "host.id": "i"}, "n"),
        ({"cloud.provider": "aws", "host.id": "i-1", "host.name": "a"}, "i-1"),
        ({"cloud.provider": "gcp", "host.name": "vm.x.y", "cloud.account.id": "p"}, "vm.p"),
        ({"cloud.provider": "azure", "azure.vm.id": "z", "host.id": "i"}, "z"),
        ({"aws.ecs.launchtype": "fargate", "aws.ecs.task.arn": "t", "host.name": "a"}, ""),
    ],
)
def test_the_host_of_a_resource(resource: dict[str, str], host: str) -> None:
    assert host_of(resource) == host


def test_tags_of_the_container_have_datadog_names() -> None:
    resource = {
        "k8s.pod.name": "p",
        "datadog.container.tag.team": "a",
        "datadog.container.tag.pod_name": "no",
    }
    assert container_tags(resource) == {"pod_name": "p", "team": "a"}
