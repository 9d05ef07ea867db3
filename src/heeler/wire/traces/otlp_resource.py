"""Host and container tags of an OpenTelemetry resource."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

CONTAINER_TAGS = {
    "container.id": "container_id",
    "container.name": "container_name",
    "container.image.name": "image_name",
    "container.image.tag": "image_tag",
    "container.runtime": "runtime",
    "cloud.provider": "cloud_provider",
    "cloud.region": "region",
    "cloud.availability_zone": "zone",
    "k8s.container.name": "kube_container_name",
    "k8s.cluster.name": "kube_cluster_name",
    "k8s.namespace.name": "kube_namespace",
    "k8s.pod.name": "pod_name",
    "k8s.deployment.name": "kube_deployment",
    "k8s.job.name": "kube_job",
    "k8s.cronjob.name": "kube_cronjob",
    "k8s.replicaset.name": "kube_replica_set",
    "k8s.statefulset.name": "kube_stateful_set",
    "k8s.daemonset.name": "kube_daemon_set",
    "aws.ecs.task.family": "task_family",
    "aws.ecs.task.arn": "task_arn",
    "aws.ecs.task.revision": "task_version",
    "aws.ecs.cluster.arn": "ecs_cluster_name",
    "aws.ecs.container.arn": "ecs_container_name",
}
"""Resource attributes and the container tags to which they are mapped."""
CUSTOM_TAG = "datadog.container.tag."
_NO_HOST = frozenset(
    [
        "0.0.0.0",  # noqa: S104
        "127.0.0.1",
        "localhost",
        "localhost.localdomain",
        "localhost6.localdomain6",
        "ip6-localhost",
    ]
)


def host_of(resource: Mapping[str, Any]) -> str:
    """Host of the resource; "" if it has none, so that the receiver's default applies."""
    if resource.get("aws.ecs.launchtype") == "fargate" and resource.get("aws.ecs.task.arn"):
        named = (_text(resource, "host"), _text(resource, "datadog.host.name"))
        return next(filter(None, named), "")
    node = _text(resource, "k8s.node.name")
    cluster = _text(resource, "k8s.cluster.name")
    candidates = (
        _text(resource, "host"),
        _text(resource, "datadog.host.name"),
        _cloud_host(resource),
        f"{node}-{cluster}" if node and cluster else node,
        _text(resource, "host.id"),
        _text(resource, "host.name"),
    )
    return next((one for one in candidates if one and one.lower() not in _NO_HOST), "")


def _cloud_host(resource: Mapping[str, Any]) -> str:
    match _text(resource, "cloud.provider"):
        case "aws":
            return _text(resource, "host.id")
        case "gcp":
            name, project = _text(resource, "host.name"), _text(resource, "cloud.account.id")
            return f"{name.partition('.')[0]}.{project}" if name and project else ""
        case "azure":
            return _text(resource, "azure.vm.id") or _text(resource, "host.id")
    return ""


def container_tags(resource: Mapping[str, Any]) -> dict[str, str]:
    """Container tags by name; OpenTelemetry's keys take precedence over custom ones."""
    custom = {
        key.removeprefix(CUSTOM_TAG): str(value)
        for key, value in resource.items()
        if key.startswith(CUSTOM_TAG)
    }
    known = {tag: str(resource[key]) for key, tag in CONTAINER_TAGS.items() if resource.get(key)}
    return {**custom, **known}


def _text(resource: Mapping[str, Any], key: str) -> str:
    return str(resource.get(key) or "")
