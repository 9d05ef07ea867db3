"""Names of Kubernetes' containers, from the names of their log files below ``/var/log/containers``."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

#: ``<pod>_<namespace>_<container>-<id>.log``, as the kubelet names them.
_NAME = re.compile(r"(?P<pod>[^_]+)_(?P<namespace>[^_]+)_(?P<container>.+)-(?P<id>[0-9a-f]{64})\.log")
_MOST = 5000


@dataclass(frozen=True, slots=True)
class PodContainer:
    pod: str
    namespace: str
    container: str


def pod_containers(folder: Path = Path("/var/log/containers")) -> dict[str, PodContainer]:
    """Containers by their id; none where there is no such folder."""
    try:
        names = os.listdir(folder)[:_MOST]  # noqa: PTH208
    except OSError:
        return {}
    found = (match for name in names if (match := _NAME.fullmatch(name)))
    return {one["id"]: PodContainer(one["pod"], one["namespace"], one["container"]) for one in found}
