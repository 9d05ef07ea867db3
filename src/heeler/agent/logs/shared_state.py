"""State shared by all followers of the logs component."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from heeler.agent.logs.registry import Registry


@dataclass
class Shared:
    """State shared by all followers of the component."""

    registry: Registry
    close_timeout: float
    accepts: Callable[[], bool] = lambda: True
    active: set[str] = field(default_factory=set)
    """Identities read by some follower."""
    rotations: int = 0
    truncations: int = 0
    missed: dict[str, str] = field(default_factory=dict)
    """Files with lines that could not be read: path -> reason."""
    origins: dict[str, str] = field(default_factory=dict)
    """Where the content is that messages of an origin were read from: origin -> identity of the file.

    An inode has another origin after each truncation.
    """
    _numbers: Iterator[int] = field(default_factory=itertools.count)

    def new_origin(self, identity: str) -> str:
        """An origin for the content that the file has now. What is in flight of an earlier file with the
        same inode does not count as delivered of this one."""
        for earlier in [origin for origin, known in self.origins.items() if known == identity]:
            del self.origins[earlier]
        origin = f"{identity}/{next(self._numbers)}"
        self.origins[origin] = identity
        return origin
