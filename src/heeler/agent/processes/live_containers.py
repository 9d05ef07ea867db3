"""Live containers: what cgroups count and what the Docker socket, where there is one, knows of them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from heeler.agent.containers.cgroups import Cgroup, Usage, find_cgroups, is_available
from heeler.agent.containers.docker import Container as DockerContainer
from heeler.agent.containers.docker import DockerError, list_containers, list_images
from heeler.agent.containers.pod_logs import PodContainer, pod_containers
from heeler.agent.containers.tags import tags_of
from heeler.wire.processes.images import Image
from heeler.wire.processes.model import Container

_RUNNING = ("running", "paused", "restarting")


@dataclass(frozen=True, slots=True)
class Places:
    """Where containers are looked for."""

    cgroups: Path
    procfs: Path
    docker: Path
    pod_logs: Path


class LiveContainers:
    """Knows the usage of the look before. Belongs to one thread. ``problem``: why names are not known."""

    def __init__(self, places: Places) -> None:
        self._places = places
        self._before: dict[str, Usage] = {}
        self._looked = 0.0
        self._tags: dict[str, tuple[str, ...]] = {}
        self.problem = ""

    def are_there(self) -> bool:
        """Whether this machine shows containers at all."""
        places = self._places
        if places.docker.exists() or places.pod_logs.is_dir():
            return True
        return is_available(places.cgroups) and bool(find_cgroups(places.cgroups, most=1))

    def tags(self, identity: str) -> tuple[str, ...]:
        """Tags of a container of the newest look; its id alone where nothing else is known."""
        return self._tags.get(identity, (f"container_id:{identity}",))

    def collect(self, clock: float) -> list[Container]:
        """The containers at ``clock`` (monotonic seconds) with rates since the look before; the first look
        gives none."""
        first, seconds = self._looked == 0.0, clock - self._looked
        before, self._looked = self._before, clock
        groups = find_cgroups(self._places.cgroups)
        named = self._docker()
        pods = pod_containers(self._places.pod_logs)
        self._before = {}
        self._tags = {}
        found = []
        for identity in dict.fromkeys([*groups, *named]):
            group, docker, pod = groups.get(identity), named.get(identity), pods.get(identity)
            used = group.usage(self._places.procfs) if group else Usage()
            self._before[identity] = used
            self._tags[identity] = _tags(identity, docker, pod)
            one = _container(identity, group, docker, pod)
            _measure(one, used, before.get(identity), seconds)
            one.tags = list(self._tags[identity])
            found.append(one)
        return [] if first else found

    def images(self) -> list[Image]:
        """Images that Docker has; none without its socket."""
        try:
            return [image for entry in list_images(self._places.docker) for image in _images(entry)]
        except DockerError as error:
            self.problem = str(error)
            return []

    def _docker(self) -> dict[str, DockerContainer]:
        if not self._places.docker.exists():
            self.problem = f"{self._places.docker} is not there: containers are known by what cgroups show"
            return {}
        try:
            listed = list_containers(self._places.docker)
        except DockerError as error:
            self.problem = str(error)
            return {}
        self.problem = ""
        return {one.id: one for one in listed if one.state in _RUNNING}


def _container(
    identity: str, group: Cgroup | None, docker: DockerContainer | None, pod: PodContainer | None
) -> Container:
    name = docker.name if docker else pod.container if pod else identity[:12]
    health = "unknown"
    if docker:
        words = (("unhealthy", "unhealthy"), ("healthy", "healthy"), ("health: starting", "starting"))
        health = next((state for word, state in words if word in docker.status), "unknown")
    started = group.started if group else 0
    return Container(
        id=identity,
        name=name,
        type="docker" if docker else group.runtime if group else "",
        image=docker.image if docker else "",
        state=docker.state if docker else "running",
        health=health,
        created=docker.created if docker else started,
        started=started or (docker.created if docker else 0),
    )


def _measure(one: Container, used: Usage, before: Usage | None, seconds: float) -> None:
    one.rss, one.cache, one.memory = used.rss_bytes, used.cache_bytes, used.memory_bytes
    one.memory_limit, one.threads, one.thread_limit = used.memory_limit, used.pids, used.pids_limit
    one.cpu_limit = used.cpu_limit
    if before is None or seconds <= 0:
        return

    def rate(now: int, then: int) -> float:
        return max(now - then, 0) / seconds

    one.cpu = rate(used.cpu_ns, before.cpu_ns) / 1e7
    one.cpu_user = rate(used.user_ns, before.user_ns) / 1e7
    one.cpu_system = rate(used.system_ns, before.system_ns) / 1e7
    one.read_rate = rate(used.read_bytes, before.read_bytes)
    one.write_rate = rate(used.write_bytes, before.write_bytes)
    one.received_rate = rate(used.received_bytes, before.received_bytes)
    one.sent_rate = rate(used.sent_bytes, before.sent_bytes)


def _tags(identity: str, docker: DockerContainer | None, pod: PodContainer | None) -> tuple[str, ...]:
    if docker is not None:
        return tags_of(docker, "high")
    if pod is not None:
        return (
            f"container_id:{identity}",
            f"container_name:{pod.container}",
            f"kube_container_name:{pod.container}",
            f"kube_namespace:{pod.namespace}",
            f"pod_name:{pod.pod}",
        )
    return (f"container_id:{identity}",)


def _images(entry: dict[str, object]) -> list[Image]:
    """One for each name that the image has."""
    tags = [str(tag) for tag in _list(entry.get("RepoTags")) if "<none>" not in str(tag)]
    digests = [str(digest) for digest in _list(entry.get("RepoDigests")) if "<none>" not in str(digest)]
    names: dict[str, list[str]] = {}
    for tag in tags:
        name, _, version = tag.rpartition(":")
        names.setdefault(name, []).append(version)
    size, built = entry.get("Size"), entry.get("Created")
    return [
        Image(
            id=str(entry.get("Id", "")),
            name=name,
            registry=name.partition("/")[0] if "." in name.partition("/")[0] else "",
            short_name=name.rpartition("/")[2],
            repo_tags=versions,
            repo_digest=next((one for one in digests if one.startswith(f"{name}@")), ""),
            size=size if isinstance(size, int) else 0,
            built=built if isinstance(built, int) else 0,
            os_name="linux",
        )
        for name, versions in names.items()
    ]


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []
