"""Origin detection: the container that a metric was sent from, and the tags of that container.

The sender is identified by the credentials of its Unix socket (``dogstatsd_origin_detection``), or by the
fields ``c:``, ``e:`` and the tag ``dd.internal.entity_id`` of its payload
(``dogstatsd_origin_detection_client``).
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from pathlib import Path

from heeler.agent.config import Config
from heeler.agent.containers.cgroups import container_of_process, find_cgroups
from heeler.agent.containers.docker import Container, DockerError, list_containers
from heeler.agent.containers.tags import tags_of
from heeler.wire.metrics.dogstatsd import Header

log = logging.getLogger(__name__)
_MAX_PROCESSES = 10_000


class Origins:
    """Cache of containers, valid until the next call of ``refresh``; single-threaded."""

    def __init__(
        self, config: Config, containers: Callable[[Path], list[Container]] = list_containers
    ) -> None:
        self._by_client = config.flag("dogstatsd_origin_detection_client")
        self._by_socket = config.flag("dogstatsd_origin_detection")
        self._client_first = config.flag("dogstatsd_entity_id_precedence")
        self._cardinality = config.text("dogstatsd_tag_cardinality") or "low"
        self._socket = Path(config.text("docker_socket"))
        self._procfs = Path(config.text("procfs_path"))
        self._list = containers
        self._processes: dict[int, str] = {}
        self._containers: dict[str, Container] | None = None
        self._inodes: dict[int, str] | None = None

    def refresh(self) -> None:
        """Clear the cache: containers come and go, and process ids are reused."""
        self._processes, self._containers, self._inodes = {}, None, None

    def container_of(self, pid: int) -> str:
        """The container id of a process; empty for host processes, and while detection is off."""
        if not self._by_socket:
            return ""
        found = self._processes.get(pid)
        if found is None:
            if len(self._processes) >= _MAX_PROCESSES:
                self._processes.clear()
            found = self._processes[pid] = container_of_process(pid, self._procfs)
        return found

    def tags(self, header: Header, sender: str) -> tuple[str, ...]:
        """Tags of the container that sent a metric."""
        claimed = self._claimed(header) if self._by_client else ""
        container = (claimed or sender) if self._client_first or not sender else sender
        found = self.container_tags(container, header.cardinality)
        return (*found, *self._external(header)) if self._by_client else found

    def container_tags(self, container: str, cardinality: str = "") -> tuple[str, ...]:
        if not container:
            return ()
        known = self._known().get(container) or Container(container, "", "")
        return tags_of(known, cardinality or self._cardinality)

    def _known(self) -> dict[str, Container]:
        if self._containers is None:
            try:
                self._containers = {one.id: one for one in self._list(self._socket)}
            except DockerError as error:
                log.debug("Containers are known by their id alone: %s", error)
                self._containers = {}
        return self._containers

    def _claimed(self, header: Header) -> str:
        """The container id of ``c:``: plain, ``ci-<id>``, or ``in-<inode of its cgroup>``."""
        parts = header.local_data.split(",")
        by_id = next((part[3:] for part in parts if part.startswith("ci-")), "")
        inode = next((part[3:] for part in parts if part.startswith("in-")), "")
        if by_id or not inode.isdigit():
            return by_id or (header.local_data if "-" not in header.local_data else "")
        return self._of_inode(int(inode))

    def _of_inode(self, inode: int) -> str:
        if self._inodes is None:
            self._inodes = {}
            for identity, group in find_cgroups().items():
                try:
                    self._inodes[os.stat(group.folder).st_ino] = identity  # noqa: PTH116
                except OSError:
                    continue
        return self._inodes.get(inode, "")

    def _external(self, header: Header) -> tuple[str, ...]:
        """Pod tags of ``e:`` and the entity id: the container name, and the pod UID at high cardinality."""
        fields = dict(part.split("-", 1) for part in header.external_data.split(",") if "-" in part)
        tags = [f"kube_container_name:{fields['cn']}"] if fields.get("cn") else []
        pod = fields.get("pu") or (header.entity_id if header.entity_id != "none" else "")
        if pod and (header.cardinality or self._cardinality) in ("orchestrator", "high"):
            tags.append(f"pod_uid:{pod}")
        return tuple(tags)
