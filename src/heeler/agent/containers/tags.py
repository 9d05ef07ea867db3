"""Container tags by cardinality, as the Agent's tagger defines them."""

from __future__ import annotations

from heeler.agent.containers.docker import Container

LEVELS = {"none": -1, "low": 0, "orchestrator": 1, "high": 2}
_LABELS = {
    "com.datadoghq.tags.env": "env",
    "com.datadoghq.tags.service": "service",
    "com.datadoghq.tags.version": "version",
    "com.docker.compose.service": "docker_compose_service",
    "com.docker.compose.project": "docker_compose_project",
    "io.kubernetes.container.name": "kube_container_name",
    "io.kubernetes.pod.namespace": "kube_namespace",
}
_ORCHESTRATOR_LABELS = {"io.kubernetes.pod.name": "pod_name"}


def tags_of(container: Container, cardinality: str) -> tuple[str, ...]:
    """Sorted tags of cardinality ``none``, ``low``, ``orchestrator`` or ``high``; low for anything else."""
    level = LEVELS.get(cardinality, 0)
    if level < 0:
        return ()
    labels = dict(container.labels)
    found = {
        "image_name": _image_name(container.image),
        "short_image": container.short_image,
        "image_tag": container.image_tag,
        "docker_image": container.image,
        **{name: labels.get(label, "") for label, name in _LABELS.items()},
    }
    if level >= LEVELS["orchestrator"]:
        found |= {name: labels.get(label, "") for label, name in _ORCHESTRATOR_LABELS.items()}
    if level >= LEVELS["high"]:
        found |= {"container_id": container.id, "container_name": container.name}
    return tuple(sorted(f"{name}:{value}" for name, value in found.items() if value))


def _image_name(image: str) -> str:
    """Image without tag and digest; the port of a registry is kept (``registry:5000/app:1``)."""
    place, slash, name = image.split("@")[0].rpartition("/")
    return f"{place}{slash}{name.partition(':')[0]}"
